## Ayuda: el nodo.
help-one-shared-incident-registry-for-partner-organisations-without-11 = Un registro de incidentes compartido entre organizaciones aliadas, sin un servidor común
help-each-organisation-runs-its-own-node-records-are-45 = Cada organización tiene su propio nodo. Los registros están firmados, cifrados de extremo a extremo, y se muestran solo a quienes se comparten. Las órdenes funcionan con el nodo en marcha (le hablan por el socket de su carpeta) o sin él (abren la carpeta ellas mismas).
help-ceiba-help-tells-more-ceiba-command-help-tells-11 = `ceiba --help` dice más; `ceiba ORDEN --help` explica una orden.
help-exit-codes-0-done-1-demo-export-check-102 =
    Códigos de salida:
      0   hecho
      1   demo, export check: algo no se cumple
      2   la orden o su entrada no tiene sentido tal como se dio
      3   lo nombrado no existe, o el nombre es ambiguo
      4   rechazado: lo prohíben las reglas del círculo o el consentimiento
      5   no respondió el aliado, la red o el nodo en marcha
      6   falló el disco o un archivo
      7   contraseña equivocada, o claves dañadas
      8   otro proceso tiene abierta la carpeta
      70  un defecto de ceiba; por favor, avisar

    Con --json un error es una línea en stderr: {"{"}"error":{"{"}"kind":…,"message":…,"hints":[…]{"}"}{"}"}
help-folder-of-the-node-or-ceiba-home-else-13 = Carpeta del nodo (o CEIBA_HOME; si no, en la carpeta de datos propia)
help-on-linux-local-share-ceiba = En Linux: ~/.local/share/ceiba.
help-print-the-answer-as-json-for-programs = Mostrar la respuesta como JSON, para programas
help-language-of-what-is-said-en-es-pt-14 = Idioma en que se habla: en, es, pt; si no, el del sistema
help-print-nothing-but-the-result-no-progress-no-9 = Mostrar solo el resultado: sin progreso ni observaciones
help-log-more-to-standard-error-twice-or-three-12 = Contar más en la salida de errores; dos o tres veces, aún más
help-read-the-passphrase-from-a-file-with-one-9 = Leer la contraseña de un archivo con una sola línea
help-without-this-and-passphrase-fd-it-comes-from-28 = Sin esto ni --passphrase-fd viene de la credencial de systemd `ceiba-passphrase`, o se pregunta. Nunca se lee de la línea de órdenes ni del entorno.
help-read-the-passphrase-from-an-open-file-descriptor = Leer la contraseña de un descriptor de archivo abierto
help-make-this-organisation-s-keys-keystore-and-store = Crear las claves, el llavero y el almacén de esta organización
help-shows-the-recovery-words-once-they-are-the-37 = Muestra una vez las palabras de recuperación. Son la organización: quien las tiene puede hablar por ella, y sin ellas no se puede reemplazar un dispositivo perdido. Escribirlas en papel y guardarlo lejos del dispositivo.
help-name-of-the-organisation-as-partners-will-read-9 = Nombre de la organización, como lo leerán los aliados
help-label-of-this-device-for-your-own-lists = Nombre de este dispositivo, para las listas propias
help-run-the-node-in-the-foreground-until-sigint-10 = Poner el nodo en marcha en primer plano, hasta SIGINT o SIGTERM
help-listens-for-partners-dials-them-and-keeps-everything-37 = Espera a los aliados, los llama y mantiene todo sincronizado. Mientras está en marcha, las otras órdenes le hablan por el socket de control de su carpeta y no piden contraseña. Su bitácora va a la salida de errores; -v cuenta más.
help-address-to-listen-on-as-a-multiaddr-repeatable = Dirección en que escuchar, como multiaddr; repetible
help-stop-the-running-node-in-an-orderly-way-13 = Detener el nodo en marcha de manera ordenada y esperar a que termine
help-show-who-this-node-is-its-circles-and-15 = Mostrar quién es este nodo, sus círculos y aliados, y qué espera y por qué
help-remember-partners-addresses-list-partners-devices = Recordar direcciones de aliados, listar sus dispositivos
help-remember-the-address-of-a-partner-s-device = Recordar la dirección del dispositivo de un aliado
help-ceiba-status-on-that-device-shows-its-addresses = `ceiba status` en ese dispositivo muestra sus direcciones.
help-multiaddr-that-ends-in-p2p-and-the-device-11 = Multiaddr que termina en /p2p/ y el id de par del dispositivo
help-list-partners-devices-and-how-they-are-reached = Listar los dispositivos de aliados y cómo se llega a ellos
help-dial-partners-and-exchange-until-nothing-is-missing = Llamar a los aliados e intercambiar hasta que no falte nada
help-only-this-one-organisation-device-or-a-prefix-12 = Solo este: organización, dispositivo o comienzo de un id de par
help-how-long-to-try-at-most-90s-5m-9 = Cuánto intentar como máximo: 90s, 5m, 1h
help-show-it-all-three-partners-on-this-computer-13 = Mostrarlo todo: tres aliados en este equipo fundan una coalición y comparten
help-real-keys-stores-and-network-connections-on-loopback-31 = Claves, almacenes y conexiones de verdad dentro del equipo, en carpetas temporales, con incidentes inventados. Todo lo que se afirma se comprueba; el código de salida es 0 solo si todo se cumple.
help-keep-the-partners-homes-in-this-folder-to-12 = Guardar las carpetas de los aliados aquí, para mirarlas después
help-print-the-completions-of-a-shell = Mostrar las terminaciones automáticas de un shell
help-the-shell = El shell
help-write-the-man-pages-into-a-folder-or-12 = Escribir las páginas de manual en una carpeta, o mostrar la primera
help-folder-for-one-page-a-command = Carpeta para una página por orden
help-how-much-all-sessions-carry-together-20kbit-s-10 = Cuánto llevan todas las sesiones juntas: 20kbit/s, 2Mbit/s
help-the-link-is-paid-for-no-blobs-fewer-12 = El enlace se paga por uso: sin archivos, menos avisos, resúmenes antes que listas
help-find-partners-on-the-same-local-network-it-16 = Encontrar aliados en la misma red local; muestra a todos allí que aquí hay una ceiba
help-let-partners-reach-each-other-through-this-node = Dejar que los aliados se alcancen a través de este nodo
help-show-how-the-link-is-used-and-change-13 = Mostrar cómo se usa el enlace, y cambiarlo mientras el nodo está en marcha
help-what-is-changed-holds-until-the-node-stops-14 = Lo que se cambia vale hasta que el nodo se detiene; `ceiba run` toma las mismas opciones.
help-how-much-all-sessions-carry-together-20kbit-s-12 = Cuánto llevan todas las sesiones juntas: 20kbit/s, 2Mbit/s, o none (sin límite)
help-whether-the-link-is-paid-for-by-what-10 = Si el enlace se paga por lo que lleva
help-up-to-120-calls-an-hour-of-each-18 = Hasta 120 llamadas por hora de cada dispositivo, de 32 MiB cada una; --bandwidth-limit no las cuenta.
help-tell-partners-no-address-of-this-node-but-12 = No decir a los aliados direcciones de este nodo, salvo las de sus retransmisores
help-who-calls-through-a-relay-is-met-there-21 = Quien llama por un retransmisor es atendido allí y en ninguna otra parte. Los aliados a los que este nodo llama ven aun así dónde está.
