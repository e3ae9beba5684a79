"""Referrals without the ORM: codes, signs of fraud, a limit of visits, safe paths."""
