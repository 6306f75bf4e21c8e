"""Finding faces in photographs: boxes, face mesh, region, quality."""
