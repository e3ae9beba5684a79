"""Which rule of conduct holds towards a customer, and who may decide beyond it.

Pure: policies, memberships and days come in, decisions and their reasons go out.
"""
