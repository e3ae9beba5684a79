from . import exchange_rpc
