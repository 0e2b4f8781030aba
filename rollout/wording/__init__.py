"""Sentences that pages, the API, pictures and the admin share, in the active language.

labels          dates, states, certainties and names
verdicts        the verdict of the check and its findings
search_reasons  why a search has its result
xml_text        text for XML and iCalendar files
"""
