"""Gets, runs and tests the suite on a fresh machine: `python3 -m launch help`.

Standard library only, because nothing else is there yet when it starts. Everything it
fetches or writes lies in `.run/` of the checkout; remove that folder and it is gone.
"""
