"""What every component stands on: errors, tables, seeds, files, images, progress."""
