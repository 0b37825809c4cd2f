"""Run the command line as ``python -m ops_center.cli``."""

from ops_center.cli.main import main

if __name__ == "__main__":
    main()
