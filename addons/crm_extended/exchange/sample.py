"""A first program for a partner: it runs as it is, once it is given the key."""

_PYTHON = """\
import json
import os
import xmlrpc.client

URL, DATABASE, LOGIN = {url}, {database}, {login}
KEY = os.environ["EXCHANGE_KEY"]
uid = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/common").login(DATABASE, LOGIN, KEY)
server = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/object")


def call(method, **arguments):
    where = DATABASE, uid, KEY, "crm.exchange", method
    answer = server.execute_kw(*where, [], arguments)
    if not answer["ok"]:
        raise SystemExit(answer["errors"])
    return answer["data"]


records, cursor, more = {{}}, "", True
while more:
    page = call("pull", cursor=cursor, limit=1000, packed=True)
    for item in map(json.loads, page["items"]):
        key = item["entity"], item["id"]
        if item["op"] == "upsert":
            records[key] = item["data"]
        else:
            records.pop(key, None)
    cursor, more = page["cursor"], page["more"]
call("ack", cursor=cursor)
print(len(records), "records; keep this cursor for the next time:", cursor)
"""


def python(url: str, database: str, login: str) -> str:
    """A program that reads everything once and knows from where to go on.

    >>> print(python("https://crm.example.com", "crm", "it's").splitlines()[4])
    URL, DATABASE, LOGIN = 'https://crm.example.com', 'crm', "it's"
    """
    return _PYTHON.format(url=repr(url), database=repr(database), login=repr(login))
