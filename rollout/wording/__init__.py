"""Sentences that pages, the API, pictures and the admin share, in the active language.

labels          dates, states, certainties and names
french_names    names that are French in every language
verdicts        the verdict of the check and its findings
verdict_words   the words of verdicts, answers and errors of the check, by code
search_reasons  why a search has its result
xml_text        text for XML and iCalendar files
"""
