"""gunicorn as the site has it, for the references: without the search index."""

import runpy
from pathlib import Path

_ours = runpy.run_path(str(Path(__file__).parent.parent / "gunicorn.conf.py"))
globals().update({name: value for name, value in _ours.items() if name != "post_worker_init"})
