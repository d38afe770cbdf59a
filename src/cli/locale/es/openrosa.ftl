## La puerta para teléfonos.
run-openrosa = los teléfonos envían a { $address }
openrosa-user = Nombre
openrosa-password = Contraseña
openrosa-settings = Ajustes para ODK Collect
openrosa-shown-once = Escriba ahora la contraseña en el teléfono: no se muestra otra vez.
openrosa-no-users = Ningún teléfono puede enviar todavía; añada uno con `ceiba openrosa user add NOMBRE`
openrosa-since = Desde
openrosa-revoked = Revocado
openrosa-form = Formulario
openrosa-title = Título
openrosa-nothing-came = Los teléfonos no han enviado nada todavía
openrosa-came = Llegó
openrosa-files = Archivos
openrosa-became = Resultado
openrosa-superseded = editado después
openrosa-encrypted = guardado sellado: cifrado para una clave que no es nuestra
openrosa-unread = guardado sellado: { $reason }
