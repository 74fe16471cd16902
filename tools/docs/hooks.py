"""What mkdocs calls while it builds the site: `hooks` in mkdocs.yml.

| when | what |
|---|---|
| `on_files` | the API reference, pages of code that is linked to, the list of decisions, the logo, mermaid |
| `on_page_markdown` | links to code lead to its page; a picture for light and one for dark follow the site's switch |
| `on_page_content` | drawings: mermaid is loaded from this site, and a click enlarges one |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, InclusionLevel

from tools.docs import reference, sources
from tools.docs.sources import ROOT

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

MERMAID = "assets/mermaid.js"
COPIED = {
    "assets/logo.svg": "web/public/favicon.svg",
    MERMAID: "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js",
}
DRAWING = re.compile(r'<pre class="mermaid">.*?</pre>', re.DOTALL)
PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">'
    r'\s*<img alt="(?P<alt>[^"]*)" src="(?P<light>[^"]+)">\s*</picture>'
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add what is not a page of docs/."""
    for uri, path in COPIED.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    for uri, text in reference.pages().items():
        files.append(File.generated(config, uri, content=text))
    pages = [ROOT / "docs" / file.src_uri for file in files.documentation_pages() if file.generated_by is None]
    for uri, text in sources.pages(pages).items():
        files.append(File.generated(config, uri, content=text, inclusion=InclusionLevel.NOT_IN_NAV))
    _complete(config, files)
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make of what GitHub shows by itself what this site shows."""
    del config, files  # mkdocs gives them by name
    if page.file.generated_by is not None:
        return markdown
    adapted = PICTURE.sub(r"![\g<alt>](\g<light>#only-light) ![\g<alt>](\g<dark>#only-dark)", markdown)
    return sources.lead(adapted, ROOT / "docs" / page.file.src_uri)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let a page with drawings load what draws them: the theme would take it from another host."""
    del config  # mkdocs gives it by name
    drawn = DRAWING.sub(r'<div class="drawing" tabindex="0" title="Click to enlarge">\g<0></div>', html)
    script = files.get_file_from_path(MERMAID)
    if drawn == html or script is None:
        return html
    return f'{drawn}\n<script src="{script.url_relative_to(page.file)}"></script>'


def _complete(config: MkDocsConfig, files: Files) -> None:
    """Put the API reference and the decisions into their parts of the navigation."""
    decisions = sorted(file.src_uri for file in files.documentation_pages() if file.src_uri.startswith("decisions/"))
    parts: dict[str, list[object]] = {name: part for entry in config.nav or [] for name, part in entry.items()}
    parts["Reference"] += reference.NAV
    parts["Decisions"] += decisions[-1:] + decisions[:-1]  # README.md, the list of them, comes first
