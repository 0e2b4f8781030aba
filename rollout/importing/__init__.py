"""Data files -> rows -> `facts.writer`: a folder is loaded whole or not at all."""
