"""`make cost`: prints every table, and writes them and the charts into the documentation."""

from tools.cost.page import PAGES, files


def main() -> None:
    """Write what has changed."""
    for page, tables in PAGES.items():
        for name, table in tables.items():
            print(f"\n{page.stem}: {name}\n", *table(), sep="\n")  # noqa: T201 - the tables are what was asked for
    for path, content in files().items():
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
