"""Drills: programs that break things on purpose and show that the site's promises hold.

`make drills` runs all of them, each with real servers of its own on loopback. A drill is a module
named after its promise (docs/operations.md has the list): ABOUT says it in one sentence, and
run() yields one Measurement for each thing that was tried. Modules that begin with an underscore
are what they share.
"""
