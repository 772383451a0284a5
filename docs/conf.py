"""The documentation as a site: `make docs`. Everything is local; nothing is fetched."""

import sys
from pathlib import Path

import onestage

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "onestage"
author = "The onestage developers"
copyright = "the onestage developers, Apache-2.0"
release = version = onestage.__version__

extensions = [
    "myst_parser",  # the pages are the Markdown that is read on GitHub
    "sphinx.ext.autodoc",
    "docstrings",  # before napoleon, which takes reStructuredText
    "sphinx.ext.napoleon",  # Google style
    "included",  # documents beside the README as pages
    "sphinx.ext.viewcode",  # every name leads to its source
]
exclude_patterns = ["_build", "_extensions"]
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
napoleon_use_rtype = False
napoleon_use_ivar = True
maximum_signature_line_length = 72  # one argument a line: a signature is read on a phone
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "onestage"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
