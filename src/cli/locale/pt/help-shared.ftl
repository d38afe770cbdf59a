## Ajuda: o que os comandos compartilham.
help-options-of-every-command = Opções de todo comando
help-the-record = O registro
help-any-field = Qualquer campo
help-coalition-left-out-the-only-one = Coalizão; se não for dada: a única
help-coalition-left-out-all-of-this-node = Coalizão; se não for dada: todas as deste nó
help-name-which-only-its-members-can-read = Nome, que só os seus membros podem ler
help-name-did-key-or-a-prefix-of-it = Nome, did:key ou o seu começo
help-name-or-id-of-the-circle = Nome ou id do círculo
help-id-or-a-prefix-of-it = Id ou o seu começo
help-ids-or-prefixes-of-them = Ids ou os seus começos
help-only-say-what-it-would-and-would-not-9 = Só dizer o que alcançaria e o que não
