"""`python -m orderflow.worker`."""

from __future__ import annotations

import sys

from orderflow.worker.command import main

sys.exit(main())
