"""Finished pages: public pages kept as bytes until a fact changes, in front of Django.

A request goes through these rooms: watch (which edition of the facts is current, and does the
database answer), asked (which address it is, without all that a stranger may add), shelf (is there
a finished copy), building (Django makes it), copies (compressed, with its headers, as it is sent),
last_good (what is sent while the database does not answer). front is the door. compression decides
for all of them, and for the responses that Django sends itself, which encoding a client gets.

docs/decisions/0014 says why it is built so.
"""
