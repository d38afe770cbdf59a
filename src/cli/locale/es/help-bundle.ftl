## Ayuda: paquetes.
help-carry-records-keys-and-decisions-in-sealed-files-12 = Llevar registros, claves y decisiones en archivos sellados, adonde no llega ninguna red
help-a-bundle-has-what-a-sync-would-bring-61 = Un paquete tiene lo que traería una sincronización, sellado para los dispositivos de sus destinatarios: en una memoria, con un mensajero, por lo que sea que lleve archivos. Nadie más puede abrirlo ni ver para quién es. Lo que se ve: un archivo de cierto tamaño, con bytes que parecen azar; quien conoce ceiba adivinará qué es.
help-write-what-partners-may-have-into-sealed-files = Escribir en archivos sellados lo que los aliados pueden tener
help-decisions-and-keys-come-first-then-alerts-then-49 = Primero van decisiones y claves, luego alertas, luego registros, y lo que los aliados firmaron que tienen. Cada destinatario recibe lo que puede tener y nada más: si pueden tener cosas distintas, hay archivos para cada uno. Un aliado que acaba de entrar recibe todo lo que necesita.
help-organisation-all-its-devices-or-the-beginning-of-15 = Organización (todos sus dispositivos), o el comienzo del id de un dispositivo; se puede repetir
help-only-of-this-circle = Solo de este círculo
help-bytes-of-one-file-at-most-500kb-10mb-15 = Bytes de un archivo como máximo: 500KB, 10MB, 2GiB; sin esto, un archivo, por grande que sea
help-leave-out-the-entries-that-all-recipients-have-23 = Omitir las entradas que todos los destinatarios firmaron que tienen; no para un dispositivo que después se restauró de una copia
help-existing-folder-to-write-into-left-out-the-10 = Carpeta existente donde escribir; sin esto, la actual
help-carry-a-request-to-join-that-ceiba-join-14 = Llevar una solicitud de ingreso que escribió `ceiba join --request-out`; se puede repetir
help-take-what-sealed-files-bring-in-any-order = Tomar lo que traen archivos sellados, en cualquier orden
help-taking-a-file-again-changes-nothing-give-all-63 = Tomar un archivo otra vez no cambia nada. Dar todas las partes de una exportación: se dice lo que falta. Sin archivo se toma de nuevo lo que espera en la carpeta del nodo. Una parte que espera a otra anterior del mismo aliado se guarda en la carpeta del nodo, aún sellada, hasta que esa llegue. De un archivo cortado o cambiado no se toma nada.
help-the-files = Los archivos
help-show-who-made-a-sealed-file-and-what-14 = Mostrar quién hizo un archivo sellado y qué hay en él, sin tomar nada
