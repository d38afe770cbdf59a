## The collaboration board.
no-cards = No cards.
column-card = Card
column-card-kind = Kind
column-programme = Programme
column-states = States
column-help = What to write
column-owner = Owner
column-due = Due
made-by = Made by
stays-at-home = stays at home
concurrent-values = Concurrent values
card-notes = Notes
