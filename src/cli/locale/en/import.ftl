# Importing lists.
place-line = line
place-row = row
place-record = record
place-says = { $place } { $line }: { $reason }
erased-stay = Erased, stay so
kept-here = Edited here since, and kept although the list differs
kept-says = { $place } { $line }, incident { $incident }: { $fields }
unmapped-columns = Columns that no rule reads
import-would-change = Would change
would-be-new = { $place } { $line }, new: { $field } = { $value }
would-become = { $place } { $line }, incident { $incident }: { $field }: { $old } → { $new }
nothing-there = (nothing)
and-more-changes = and { $more } more fields; --lines 0 or --json shows all
import-mapping = Mapping
import-mapping-for = What it is for
import-built-in = built in
error-no-mapping = which column is which field? there is no mapping
    .hint-1 = name one with --mapping NAME or --mapping FILE.toml
    .hint-2 = `ceiba import mapping suggest FILE` writes a first one to edit
error-unexpected-answer = the node answered something else than was asked
    .hint-1 = use a command line and a node of the same version
