## Ayuda: las listas de códigos.
help-show-the-code-lists-and-add-codes-of-12 = Mostrar las listas de códigos, y agregar códigos propios de la coalición
help-records-keep-codes-the-lists-say-what-each-68 = Los registros guardan códigos; las listas dicen cómo se llama cada uno en inglés, español y portugués, y qué código del indicador ODS y de la ICCS tiene. Una coalición agrega códigos que empiezan con x_: uno se adopta cuando lo respaldan con las mismas palabras tantas garantes como requiere una decisión. Hasta entonces nadie lo puede escribir, y lo que lo tiene no sale del expediente.
help-list-the-code-lists = Listar las listas de códigos
help-only-what-is-built-into-the-program-needs-10 = Solo lo incorporado en el programa; no requiere nodo
help-show-the-codes-of-a-list-with-what-11 = Mostrar los códigos de una lista con sus nombres
help-name-of-the-list = Nombre de la lista
help-propose-a-code-or-endorse-it-by-saying-11 = Proponer un código, o respaldarlo diciendo las mismas palabras
help-the-other-stewards-endorse-it-with-ceiba-vocabulary-26 = Las otras garantes lo respaldan con `ceiba vocabulary endorse`. Elegir palabras que no nombren a nadie: un código lo leen todos los aliados, y está en cifras públicas.
help-the-code-x-and-small-letters-digits-and = El código: x_ y letras minúsculas, cifras y _
help-label-in-english = Nombre en inglés
help-label-in-spanish = Nombre en español
help-label-in-portuguese = Nombre en portugués
help-category-of-sdg-indicator-16-10-1-a-10 = Categoría del indicador ODS 16.10.1: A a F
help-code-of-the-iccs-two-to-six-digits = Código de la ICCS: dos a seis cifras
help-notes-separated-by-semicolons-family-threat-always-restricted = Notas, separadas por punto y coma: family=threat; always restricted
help-endorse-a-code-that-another-organisation-proposed-with-11 = Respaldar un código que propuso otra organización, con las mismas palabras
help-the-code = El código
help-whose-words-if-there-are-several = Las palabras de quién, si hay varias
help-take-this-organisation-s-proposal-or-endorsement-of-11 = Retirar la propuesta o el respaldo de esta organización a un código
help-list-the-codes-that-were-proposed-and-who-11 = Listar los códigos propuestos, y quién los respalda
help-show-what-the-coalition-has-added-and-which-11 = Mostrar qué agregó la coalición, y a qué incidentes afecta
help-write-all-lists-as-a-table-list-code-14 = Escribir todas las listas como tabla: list, code, sdg, iccs, en, es, pt, note
help-form-of-the-table = Forma de la tabla
help-cells-between-tabs = Celdas entre tabuladores
help-cells-between-commas-for-spreadsheets = Celdas entre comas, para hojas de cálculo
help-new-file-to-write-it-to-left-out-10 = Archivo nuevo en que escribir; si no se da: salida estándar
