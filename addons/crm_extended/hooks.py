"""What the suite put beside its own tables and takes away again."""


def uninstall_hook(env):
    env["crm.exchange.change"]._remove_triggers()
