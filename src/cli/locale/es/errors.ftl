## Errores de la propia línea de órdenes; sus consejos son atributos.
error-is = error: { $message }
error-is-of-kind = error ({ $kind }): { $message }
error-hint = consejo: { $hint }

error-kind-usage = no se entiende
error-kind-not-found = no se encuentra
error-kind-refused = rechazado
error-kind-network = red
error-kind-storage = disco o archivo
error-kind-locked = cerrado
error-kind-busy = en uso
error-kind-internal = defecto de ceiba

error-cannot-write-result = no se puede escribir el resultado: { $reason }
error-cannot-read = no se puede leer { $file }: { $reason }
error-cannot-read-passphrase = no se puede leer la contraseña de { $file }: { $reason }
error-cannot-write = no se puede escribir { $file }: { $reason }
error-file-exists = no se puede escribir { $file }: { $reason }
    .hint-1 = indicar un archivo que todavía no exista
error-cannot-make-folder = no se puede crear { $file }: { $reason }
error-not-utf8 = { $file } no es texto en UTF-8
error-file-too-large = { $file } tiene más de { $limit } MiB
    .hint-1 = dividirlo en archivos más pequeños
error-wrote = escrito en { $file }
error-man-pages-in = las páginas de manual están en { $file }

error-no-data-folder = no se conoce una carpeta para datos: { $reason }
    .hint-1 = indicar la carpeta del nodo con --home CARPETA o CEIBA_HOME
error-no-node = no hay un nodo en { $home }
    .hint-1 = crear uno con `ceiba init --org NOMBRE`
    .hint-2 = o indicar su carpeta con --home CARPETA o CEIBA_HOME
error-no-node-runs = ningún nodo está en marcha en { $home }
error-still-stopping = se pidió al nodo en { $home } que se detuviera y tras un minuto no lo ha hecho: mire qué muestra `ceiba run`
prompt-passphrase = Contraseña:
prompt-new-passphrase = Contraseña nueva:
prompt-same-again = La misma otra vez:
error-passphrases-differ = las dos contraseñas no son iguales
error-passphrase-short = la contraseña tiene menos de { $least } caracteres
    .hint-1 = cinco o seis palabras sin relación son una buena contraseña
error-no-descriptors = --passphrase-fd todavía no funciona en este sistema
    .hint-1 = usar --passphrase-file
error-no-passphrase-in-file = { $file } no contiene una contraseña
    .hint-1 = escribirla ahí en una sola línea, en UTF-8
error-cannot-ask-passphrase = no se puede preguntar la contraseña: { $reason }
    .hint-1 = darla con --passphrase-file ARCHIVO o --passphrase-fd N
    .hint-2 = o iniciar el nodo con `ceiba run`; así las órdenes no piden contraseña
error-nobody-to-ask = no se puede preguntar la contraseña: no hay a quién preguntar
    .hint-1 = darla con --passphrase-file ARCHIVO o --passphrase-fd N
    .hint-2 = o iniciar el nodo con `ceiba run`; así las órdenes no piden contraseña

error-needs-path-and-value = { $option } requiere la ruta de un campo, =, y un valor
    .hint-1 = por ejemplo { $option } place/admin2=Popayán
error-given-twice = { $path } está dado dos veces
    .hint-1 = un campo tiene un solo valor
error-no-json-object = --fields: no hay un objeto JSON en la línea { $line }, columna { $column }
    .hint-1 = escribir un objeto JSON: {"{"}"country": "CO", "victims/1/pseudonym": "V-014"{"}"}
error-json-not-scalar = --fields: { $path } no es un texto, un número, true o false
    .hint-1 = escribir un objeto JSON: {"{"}"country": "CO", "victims/1/pseudonym": "V-014"{"}"}
error-one-standard-input = solo un texto puede venir de la entrada estándar
    .hint-1 = dar los otros con @ARCHIVO
error-minimum = un incidente requiere además { $options }
    .hint-1 = si no se conoce la fecha: --date XXXX
    .hint-2 = `ceiba incident add --help` tiene un ejemplo
error-entry-without-name = { $option } no empieza con un nombre y =
    .hint-1 = por ejemplo { $option } "{ $example }"
error-set-and-cleared = { $path } no se puede fijar y borrar a la vez
error-nothing-to-change = nada que cambiar
    .hint-1 = dar --set RUTA=VALOR, --set-file RUTA=ARCHIVO o --unset RUTA
    .hint-2 = `ceiba incident show` muestra las rutas que tienen valor
error-two-from-standard-input = la lista y la correspondencia no pueden venir ambas de la entrada estándar
error-no-key-pair = { $given } no tiene la forma CLAVE=CLAVE
    .hint-1 = por ejemplo --victims 1=2: la víctima 1 del primero es la víctima 2 del segundo
error-victim-twice = { $given }: una víctima no puede ser dos del otro relato
error-entry-field = los campos de una entrada tienen la forma CAMPO=VALOR
    .hint-1 = por ejemplo stage=reported date=2024-05-04
error-no-ticket = eso no es un pase
    .hint-1 = `ceiba invite create` hace uno donde la organización que invita
error-ballot-not-meant = no se firmó nada
