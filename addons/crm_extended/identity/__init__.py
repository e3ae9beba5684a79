"""Whether two records are one customer: pure code, without Odoo.

The words are those of Fellegi and Sunter (1969): two records agree on a comparison at
some level; `m` is how often true matches do, `u` how often strangers do, log2(m / u) is
the match weight in bits. Weights are trained and applied to many records by Splink
(`training`, `prediction`), and applied to a few by the same definitions in Python
(`model`), so that a clerk's new customer is judged as the nightly run would judge it.
"""
