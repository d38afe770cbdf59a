## Paquetes: archivos sellados para aliados a los que no llega ninguna red.

bundle-file = Archivo
bundle-bytes = Bytes
bundle-part = Parte
bundle-last = la última
bundle-for = Para
bundle-made-by = Hecho por
bundle-made = Hecho
bundle-standing = Situación
bundle-entries = Entradas
bundle-statements = Declaraciones
bundle-logs = Bitácoras
bundle-receipts = Recibos
bundle-unknown-maker = desconocida ({ $id })
bundle-is-member = miembro
bundle-is-out = excluida, revocada o suspendida
bundle-is-unknown = desconocida aquí

# Exportar
bundle-written = { $files ->
        [one] Se escribió { $files } archivo
       *[other] Se escribieron { $files } archivos
    } con { $entries ->
        [one] { $entries } entrada
       *[other] { $entries } entradas
    } y { $statements ->
        [one] { $statements } declaración
       *[other] { $statements } declaraciones
    }. Allá, usar `ceiba bundle import ARCHIVO…`.
bundle-outside = Solo los dispositivos destinatarios pueden abrirlos. Quien los encuentre ve cuántos son, su tamaño, cuándo se escribieron y que parecen azar.
bundle-oversized = { $files ->
        [one] { $files } archivo es mayor de lo pedido: lo que cubre una firma no se divide.
       *[other] { $files } archivos son mayores de lo pedido: lo que cubre una firma no se divide.
    }
bundle-unread = INCOMPLETO: { $entries ->
        [one] { $entries } entrada que está aquí no se pudo leer y no está
       *[other] { $entries } entradas que están aquí no se pudieron leer y no están
    } en ningún archivo. `ceiba status` dice qué está dañado; un aliado puede tenerlo.
bundle-ended = INCOMPLETO: los derechos de un destinatario terminaron mientras se escribían los archivos. No entró nada más de { $circles }; exportarlo de nuevo para los demás.
bundle-nothing-for = No pueden tener nada de esto

# Importar
bundle-imported = tomado
bundle-nothing-new = nada nuevo
bundle-waits = espera otra parte
bundle-refused = quien lo hizo no puede darlo
bundle-not-for-us = no es para este dispositivo, o está dañado
bundle-is-damaged = dañado o cortado; no se tomó nada
bundle-is-forged = ilegible o falsificado
bundle-is-of-another-version = hecho por otra versión de ceiba; no se tomó nada
bundle-is-unreadable = no se puede leer el archivo
bundle-taken = Nuevo aquí: { $entries ->
        [one] { $entries } entrada
       *[other] { $entries } entradas
    }, { $statements ->
        [one] { $statements } declaración
       *[other] { $statements } declaraciones
    }, { $receipts ->
        [one] { $receipts } recibo
       *[other] { $receipts } recibos
    }.
bundle-joined = Ingreso a
bundle-admitted = Admitidas; ahora hacer un paquete para ellas
bundle-not-admitted = Solicitudes de ingreso rechazadas
bundle-refused-of = { $maker } no puede dar nada, o solo decisiones, de { $circles }: este nodo no la conoce como miembro que pueda. Si es una novedad, preguntar a otro miembro.
bundle-missing-parts = NO HA LLEGADO TODO lo que { $maker } exportó el { $made }: faltan estas partes: { $parts }.
bundle-missing-end = NO HA LLEGADO TODO lo que { $maker } exportó el { $made }: llegó la parte { $part } y no es la última.
bundle-kept = { $files ->
        [one] { $files } parte espera en la carpeta del nodo a una anterior, aún sellada, y se toma cuando esa se importe.
       *[other] { $files } partes esperan en la carpeta del nodo a otras anteriores, aún selladas, y se toman cuando esas se importen.
    }
bundle-import-again = Importar de nuevo lo que espera y no se guardó, junto con las partes que faltan.

# Inspeccionar
bundle-requests = Lleva { $requests ->
        [one] { $requests } solicitud
       *[other] { $requests } solicitudes
    } de ingreso.
