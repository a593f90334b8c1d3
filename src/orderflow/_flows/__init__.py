"""What a command does, step by step: pure decisions, and awaits on ports.

From the bottom up, each room imports only from those above it in this list:

- `shop`: the ports and the policy together; `checks`: what methods may be called with; `opening`: plugging in.
- `view`: who sees what of an order.
- `change`: one commit in the making; `due`: when the sweep has work; `tell`: who is owed what.
- `books`: reading and committing.
- `conclude`: what follows from an outcome; `pay`: begin, call, conclude; `resolve`: unknown outcomes, expiry.
- `deliver`: sending what is owed.
- `act`: what all commands share.
- `submit`, `decide`, `read`, `sweep`: what the services call.
"""
