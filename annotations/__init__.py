"""What is in an image: instances, masks, landmarks, COCO files, splits, checks."""
