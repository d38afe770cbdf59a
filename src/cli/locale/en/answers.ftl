## Sentences that answer requests.

# Circles and their members
decisions-made =
    { $made ->
        [one] { $made } decision; the next needs { $needed ->
            [one] { $needed } approval
           *[other] { $needed } approvals
        }
       *[other] { $made } decisions; the next needs { $needed ->
            [one] { $needed } approval
           *[other] { $needed } approvals
        }
    }
next-invite = Next: invite partners with `ceiba invite create`.
entries-without-key =
    { $number ->
        [one] { $number } waits for a key
       *[other] { $number } wait for a key
    }
entries-quarantined = { $number } in quarantine
no-circles = No circles yet.
no-circles-next = Found a coalition with `ceiba coalition create NAME`, or join one with `ceiba join TICKET`.
removing = Removing { $name }
would-remove = Removing { $name } (nothing was done yet)
achieves = What it achieves
does-not-achieve = What it cannot achieve

# Invites, proposals, joining
no-invites = No invites. Make one with `ceiba invite create`.
ticket-needs-approval = The ticket works once the other stewards have approved: `ceiba proposal approve { $proposal }`
ticket-needs-approvals = The ticket works once the other stewards have approved.
ticket-shown-once = Ticket, shown only now. Whoever has it can join in the guest's place: hand it over in person or by a safe channel. The guest runs `ceiba join -` and pastes it.
joined = Joined { $name }
still-to-come = Still to come
approved-by = { $number } of { $needed }: { $names }
would-change = Would change
approval-wanted = Your approval is wanted: `ceiba proposal approve { $proposal }`
no-proposals = Nothing waits for a decision.

# Incidents
no-incidents = No incidents.
no-more-incidents =
    { $total ->
        [one] No more: { $total } incident in all.
       *[other] No more: { $total } incidents in all.
    }
shown-of-total = { $shown } of { $total }; see others with --offset and --limit
has-conflicts = ! has conflicts: `ceiba conflicts`
readable-in = Readable in
would-share = Would share in { $circle } at tier { $tier }: { $counts }
shared = Shared in { $circle } at tier { $tier }: { $counts }
dry-run = Dry run, nothing was written
and-more = and { $more } more; --json lists all

# Conflicts
no-conflicts = No conflicts.
settle-with = Settle one with `ceiba conflicts settle INCIDENT FIELD NUMBER`.
conflict-of = { $field } in { $circle }: { $title }
rules-because-protective = rules until settled because it protects most
rules-until-settled = rules until settled
writer-not-known = writer not known

# The node and its partners
recovery-words = Recovery words: they are the organisation, and are shown only now. Write them on paper with their numbers, keep the paper away from this device, and clear the screen.
next-coalition = Next: `ceiba coalition create NAME`, or `ceiba join -` with a ticket.
run-opened = { $org }, peer id { $peer }
run-listening = listens on { $address }
run-ready = ready; stop it with Ctrl-C or `ceiba stop`
run-stopped = stopped
link = Link
link-free = no limit
link-limit = at most { $rate }
link-metered = metered
link-nearby = finds partners nearby
link-relay = relays for partners
link-hidden = tells partners no address but those at relays
link-open = partners can call it
link-closed = partners cannot call it: their relays are used
node-runs = runs
node-does-not-run = does not run; start it with `ceiba run`
listens-on = Listens on
partners-devices = Partners' devices
missing-or-waiting = Missing or waiting
incidents-with-conflicts =
    { $fields ->
        [one] { $incidents }, { $fields } field with conflicts: `ceiba conflicts`
       *[other] { $incidents }, { $fields } fields with conflicts: `ceiba conflicts`
    }
no-peers = No partners' devices are known yet. Add one with `ceiba peer add ADDR`.
synced =
    { $received ->
        [one] Received { $received } entry; sent { $frames } frames
       *[other] Received { $received } entries; sent { $frames } frames
    }
no-partner-to-sync = There is no partner to sync with yet.
in-sync = Nothing is missing with
not-in-sync = Not in sync

# Who holds what, by what partners have signed
reached-by-signature = On disk at partners, by their own signatures; not that it could be opened there, or that somebody has read it
reached-of =
    { $partners ->
        [one] { $confirmed } of { $partners } partner has confirmed it
       *[other] { $confirmed } of { $partners } partners have confirmed it
    }
reached-own =
    { $devices ->
        [one] { $confirmed } of { $devices } other device of yours has confirmed it
       *[other] { $confirmed } of { $devices } other devices of yours have confirmed it
    }
reached-sent = sent and not confirmed: { $names }
reached-waiting = waiting: { $names }
waits-since-time = { $name } since { $time }
confirmed-by-partners = What partners have not confirmed yet
all-confirmed = Everything held here is confirmed by every partner.
lacks = Entries
waits-since = Since
holder-confirmed = confirmed
holder-sent = sent, not confirmed
holder-behind = waiting
holder-silent = no word from it yet
exists-not-held =
    { $entries ->
        [one] { $circle }: { $entries } entry by { $writer } exists by the word of { $partner } and is not held here.
       *[other] { $circle }: { $entries } entries by { $writer } exist by the word of { $partner } and are not held here.
    }
names-another-entry = { $circle }: { $partner } signs for another entry { $seq } by { $writer } than the one held here. Either { $writer } has written two different ones, or { $partner } does not say the truth: ask both.

# The demo
as-partner-sees = As { $name } sees it: the last { $shown } of { $total }
may-not-see = May not see
checked = Checked
claim-holds = yes
claim-does-not-hold = NO
claims-hold = { $held } of { $total } claims hold; { $seconds } s
