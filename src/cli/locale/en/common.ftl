## Single words: titles of columns, labels, states.
done = done
yes = yes
no = no
none = (none)
unknown = unknown
nobody-yet = nobody yet
because = because

# Titles of columns and labels of facts
id = Id
name = Name
kind = Kind
state = State
circle = Circle
circles = Circles
coalition = Coalition
we-are = We are
members = Members
inside = In
entries = Entries
decisions = Decisions
organisation = Organisation
standing = Standing
device = Device
devices = Devices
remarks = Remarks
this-organisation = this organisation
invite = Invite
joins-as = Joins as
expires = Expires
redeemed-by = Redeemed by
proposal = Proposal
proposals = Proposals
by = By
change = Change
approved = Approved
incident = Incident
incidents = Incidents
title = Title
date = Date
place = Place
violation = Violation
victims = Victims
level = Level
from = From
reading = Reading
dossier = dossier
field = Field
fields = Fields
value = Value
at-most = At most
below = (below)
tier = Tier
changes = Changes
written-by = Written by
conflicts = Conflicts
rows = Rows
new = New
changed = Changed
unchanged = Unchanged
refused = Refused
refused-rows = Refused rows
by-year = By year
peer-id = Peer id
addresses = Addresses
home = Home
node = Node
store = Store

# Kinds of circles
kind-private = private
kind-coalition = coalition
kind-circle = circle

# Standing of an organisation in a circle
standing-member = member
standing-steward = steward
standing-suspended = suspended
standing-removed = removed

# States of invites, proposals and peers
invite-proposed = waits for approval
invite-open = open
invite-redeemed = redeemed
invite-revoked = revoked
invite-expired = expired
proposal-open = open
proposal-decided = decided
proposal-stale = overtaken; propose again
proposal-wants-yours = wants your approval
peer-connected = connected
peer-not-reached = not reached yet
peer-last-seen = last seen { $time }
not-certified = (not certified yet)

# What became of sharing
outcome-would-publish = to be published
outcome-would-update = to be updated
outcome-published = published
outcome-updated = updated
outcome-unchanged = unchanged
outcome-refused = refused
leaves = leaves
withheld = withheld

# Steps of long work
step-writing = writing
step-checking = checking
step-taking-entries = taking entries
step-sharing = sharing
step-importing = importing
step-reading = reading
step-waiting-for-the-coalitions-key = waiting for the coalition's key
