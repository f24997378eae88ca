"""The IMAP server, run as a program: logging in costs no second of hashing."""

from pymap.main import main
from pysasl.hashing import BuiltinHash

if __name__ == "__main__":
    # Half a million rounds keep passwords of people; these are of tests, which log in often.
    BuiltinHash.__init__.__kwdefaults__["rounds"] = 1
    main()
