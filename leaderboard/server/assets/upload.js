// Shows how far an upload is. Without it the form works as well.
"use strict";
const form = document.getElementById("submit");
const bar = document.getElementById("progress");
form.addEventListener("submit", event => {
  event.preventDefault();
  form.querySelector("button:not(.link)").disabled = true;
  bar.hidden = false;
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  request.upload.addEventListener("progress", step => {
    if (step.lengthComputable) bar.value = step.loaded / step.total;
  });
  // The check runs once the files are there: an undetermined bar.
  request.upload.addEventListener("load", () => bar.removeAttribute("value"));
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseURL !== form.action) location = request.responseURL;
    else if (request.response) document.body.replaceWith(request.response.body);
    else location.reload();
  });
  request.addEventListener("error", () => {
    bar.hidden = true;
    form.querySelector("button:not(.link)").disabled = false;
  });
  request.send(new FormData(form));
});
