"""`python -m clearcue_provenance`: the verifier's command line."""

import sys

from clearcue_provenance.cli import main

sys.exit(main())
