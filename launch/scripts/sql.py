"""Runs one statement: `sql.py DATABASE STATEMENT`, in the project's environment.

psql may be missing on the machine (PGHOST of a server elsewhere); psycopg2 never is.
"""

import sys

import psycopg2

connection = psycopg2.connect(dbname=sys.argv[1])
connection.autocommit = True
with connection.cursor() as cursor:
    cursor.execute(sys.argv[2])
    for row in cursor.fetchall() if cursor.description else []:
        print("|".join("" if value is None else str(value) for value in row))
