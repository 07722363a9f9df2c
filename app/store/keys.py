"""Names of keys that Python touches directly; all others live in scripts/prelude.lua, which says what each holds."""

PREFIX = "otklik:"
LAYOUT = "1"  # of the keys as a whole; scripts refuse another
BIRTH = PREFIX + "birth"
OFFSET = PREFIX + "time:offset_ms"  # business time minus machine time: only the sandbox moves it
ANSWER, SEND = PREFIX + "answer", PREFIX + "send"
REGISTER, REGISTER_HOT = PREFIX + "register", PREFIX + "register:hot"
BOOK = PREFIX + "book"  # commands for the diary
DIARY, DIARY_LOCK = PREFIX + "diary", PREFIX + "diary:lock"  # what the portal said is taken; who asks it now
DIARY_CHANGED, DIARY_SEEN = PREFIX + "diary:changed", PREFIX + "diary:seen"  # other people's bookings
DIARY_VISITS = PREFIX + "diary:visits"  # visit that a person booked -> conversation
DUE, LATER, DEAD, FIGURES = PREFIX + "due", PREFIX + "later", PREFIX + "dead", PREFIX + "figures"
TALK = PREFIX + "talk"
TALKING = PREFIX + "talking"  # the open line that is connected (json); without it nothing is mirrored
GROUP = "workers"
HINTS = PREFIX + "hints"  # ids of comments that the portal told of
OWN_COMMENTS = PREFIX + "own:comments"
ROSTER = PREFIX + "roster"
HOLD = PREFIX + "hold:"  # one key for each resource: times that we keep ourselves
NOTICES, HELD_NOTICES, TELLER = PREFIX + "notices", PREFIX + "notices:held", PREFIX + "notices:teller"
LINE_HINTS = PREFIX + "line:hints"  # chats of the open line in which an operator did something
LINE_CHATS = PREFIX + "line:chats"  # chat id → conversation
LINE_SWEEP = PREFIX + "line:sweep"  # chat id → machine ms at which it was read last
VAULT = PREFIX + "vault:"  # encrypted records
LOCK = PREFIX + "lock:"
STREAMS = (ANSWER, SEND, REGISTER, REGISTER_HOT, HINTS, NOTICES, TALK, LINE_HINTS, BOOK)  # what workers read
UNPARSED = PREFIX + "unparsed"
