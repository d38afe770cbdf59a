## Ayuda: lo que comparten las órdenes.
help-options-of-every-command = Opciones de toda orden
help-the-record = El registro
help-any-field = Cualquier campo
help-coalition-left-out-the-only-one = Coalición; si no se da: la única
help-coalition-left-out-all-of-this-node = Coalición; si no se da: todas las de este nodo
help-name-which-only-its-members-can-read = Nombre, que solo sus miembros pueden leer
help-name-did-key-or-a-prefix-of-it = Nombre, did:key o su comienzo
help-name-or-id-of-the-circle = Nombre o id del círculo
help-id-or-a-prefix-of-it = Id o su comienzo
help-ids-or-prefixes-of-them = Ids o sus comienzos
help-only-say-what-it-would-and-would-not-9 = Solo decir qué lograría y qué no
