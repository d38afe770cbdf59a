## Ayuda: archivos de evidencia.
