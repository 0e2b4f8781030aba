"""Translations: files out and in, checks, and what is to be translated."""
