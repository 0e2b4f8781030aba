"""Translations: what is to be translated, what is there, checks of it, files out and in."""
