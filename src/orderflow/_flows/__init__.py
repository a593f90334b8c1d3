"""What a command does, step by step: pure decisions, and awaits on ports.

From the bottom up: `shop` (the ports and the policy together), `view` (who sees what), `change` (one commit in the making),
`due` (when the sweep has work), `tell` (who is owed what), `books` (reading and committing), `conclude` (what follows from
an outcome), `pay` (begin, call, conclude), `resolve` (unknown outcomes, and all that is overdue on an order), `deliver`,
`act` (what all commands share); then `submit`, `decide`, `read` and `sweep`, which the services call.
"""
