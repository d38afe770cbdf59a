## Bundles: sealed files for partners that no network reaches.

bundle-file = File
bundle-bytes = Bytes
bundle-part = Part
bundle-last = the last
bundle-for = For
bundle-made-by = Made by
bundle-made = Made
bundle-standing = Standing
bundle-entries = Entries
bundle-statements = Statements
bundle-logs = Logs
bundle-receipts = Receipts
bundle-unknown-maker = unknown ({ $id })
bundle-is-member = member
bundle-is-out = removed, revoked or suspended
bundle-is-unknown = unknown here

# Export
bundle-written = { $files ->
        [one] Wrote { $files } file
       *[other] Wrote { $files } files
    } with { $entries ->
        [one] { $entries } entry
       *[other] { $entries } entries
    } and { $statements ->
        [one] { $statements } statement
       *[other] { $statements } statements
    }. There, run `ceiba bundle import FILE…`.
bundle-outside = Only the recipients' devices can open them. Their number and sizes, when they were written, and that they look random, can be seen by whoever finds them.
bundle-oversized = { $files ->
        [one] { $files } file is larger than asked: what one signature covers is not divided.
       *[other] { $files } files are larger than asked: what one signature covers is not divided.
    }
bundle-unread = NOT COMPLETE: { $entries ->
        [one] { $entries } entry that is held here could not be read and is
       *[other] { $entries } entries that are held here could not be read and are
    } in no file. `ceiba status` tells what is damaged; a partner may have it.
bundle-ended = NOT COMPLETE: the rights of a recipient ended while the files were written. Nothing more of { $circles } went into them; export it again for the others.
bundle-nothing-for = May have nothing of this

# Import
bundle-imported = taken
bundle-nothing-new = nothing new
bundle-waits = waits for another part
bundle-refused = its maker may not give it
bundle-not-for-us = not for this device, or damaged
bundle-is-damaged = damaged or cut off; nothing taken
bundle-is-forged = not readable, or forged
bundle-is-of-another-version = made by another version of ceiba; nothing taken
bundle-is-unreadable = the file cannot be read
bundle-taken = New here: { $entries ->
        [one] { $entries } entry
       *[other] { $entries } entries
    }, { $statements ->
        [one] { $statements } statement
       *[other] { $statements } statements
    }, { $receipts ->
        [one] { $receipts } receipt
       *[other] { $receipts } receipts
    }.
bundle-joined = Joined
bundle-admitted = Let in; now make a bundle for them
bundle-not-admitted = Requests to join that were refused
bundle-refused-of = { $maker } may give nothing, or decisions alone, of { $circles }: this node knows it as no member that may. If that is news to you, ask another member.
bundle-missing-parts = NOT ALL HAS COME of what { $maker } exported at { $made }: these parts are missing: { $parts }.
bundle-missing-end = NOT ALL HAS COME of what { $maker } exported at { $made }: part { $part } came and is not the last.
bundle-kept = { $files ->
        [one] { $files } part waits in the home for an earlier one, still sealed, and is taken when that is imported.
       *[other] { $files } parts wait in the home for earlier ones, still sealed, and are taken when those are imported.
    }
bundle-import-again = Import what waits and is not kept again, together with the missing parts.

# Inspect
bundle-requests = It carries { $requests ->
        [one] { $requests } request
       *[other] { $requests } requests
    } to join.
