<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
 <context>
  <name>ReSAM</name>
  <message>
   <source>better</source>
   <translation>mejor</translation>
  </message>
  <message>
   <source>no evidence</source>
   <translation>sin evidencia</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>peor</translation>
  </message>
  <message>
   <source>{} is no adapter.</source>
   <translation>{} no es un adaptador.</translation>
  </message>
  <message>
   <source>{} cannot be written: {}</source>
   <translation>No se puede escribir {}: {}</translation>
  </message>
  <message>
   <source>Adapt to points</source>
   <translation>Adaptar a puntos</translation>
  </message>
  <message>
   <source>Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is held out and measured before and after: better, no evidence, or worse. With reference polygons that is the true overlap; without, an estimate. The report shows what changed.</source>
   <translation>Entrena un pequeño adaptador (LoRA) solo con puntos; no se dibujan máscaras. Una parte de los objetos se reserva y se mide antes y después: mejor, sin evidencia o peor. Con polígonos de referencia es la superposición real; sin ellos, una estimación. El informe muestra qué ha cambiado.</translation>
  </message>
  <message>
   <source>Reference polygons, to measure with (optional)</source>
   <translation>Polígonos de referencia para medir (opcional)</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>Rásteres</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Preajuste</translation>
  </message>
  <message>
   <source>Stop after about this many minutes</source>
   <translation>Parar tras aproximadamente este número de minutos</translation>
  </message>
  <message>
   <source>Share of the objects that is held out</source>
   <translation>Proporción de objetos reservados</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Semilla</translation>
  </message>
  <message>
   <source>Adapter (a new folder)</source>
   <translation>Adaptador (una carpeta nueva)</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Informe</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>Veredicto</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>Cambio</translation>
  </message>
  <message>
   <source>Choose at least one raster.</source>
   <translation>Elija al menos un ráster.</translation>
  </message>
  <message>
   <source>The folder is not empty: {}</source>
   <translation>La carpeta no está vacía: {}</translation>
  </message>
  <message>
   <source>Bands</source>
   <translation>Bandas</translation>
  </message>
  <message>
   <source>One, or red, green and blue; if none is chosen, their colours decide</source>
   <translation>Una, o rojo, verde y azul; si no se elige ninguna, deciden sus colores</translation>
  </message>
  <message>
   <source>Let files lead to the network</source>
   <translation>Permitir que los archivos lleven a la red</translation>
  </message>
  <message>
   <source>Only if you trust whoever made them</source>
   <translation>Solo si confía en quien los creó</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>Puntos</translation>
  </message>
  <message>
   <source>The columns object_id, label and class are used, where there are any</source>
   <translation>Se usan las columnas object_id, label y class, si existen</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modelo</translation>
  </message>
  <message>
   <source>A model by name, or the path of a weights file</source>
   <translation>Un modelo por su nombre o la ruta de un archivo de pesos</translation>
  </message>
  <message>
   <source>Raster</source>
   <translation>Ráster</translation>
  </message>
  <message>
   <source>Adapter</source>
   <translation>Adaptador</translation>
  </message>
  <message>
   <source>One of yours by name, or the path of its folder; it must fit the model</source>
   <translation>Uno de los suyos por su nombre, o la ruta de su carpeta; debe corresponder al modelo</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>Dispositivo</translation>
  </message>
  <message>
   <source>Arithmetic precision</source>
   <translation>Precisión aritmética</translation>
  </message>
  <message>
   <source>Choose one band, or three.</source>
   <translation>Elija una banda o tres.</translation>
  </message>
  <message>
   <source>if you trust whoever made it, check “{}” among the advanced parameters</source>
   <translation>si confía en quien lo creó, marque «{}» entre los parámetros avanzados</translation>
  </message>
  <message>
   <source>The engine's result cannot be read: {}</source>
   <translation>No se puede leer el resultado: {}</translation>
  </message>
  <message>
   <source>The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).</source>
   <translation>La capa «{}» no es un archivo: guárdela antes como GeoTIFF (Exportar ▸ Guardar como…).</translation>
  </message>
  <message>
   <source>Encode raster</source>
   <translation>Codificar ráster</translation>
  </message>
  <message>
   <source>Computes what the model needs to know of a raster and keeps it on disk, so that later clicks are answered at once. With points, only the ground around them. The oldest entries go first when the limit is reached.</source>
   <translation>Calcula lo que el modelo necesita saber de un ráster y lo guarda en disco, para responder al instante a clics posteriores. Con puntos, solo el terreno a su alrededor. Al llegar al límite, se borra primero lo más antiguo.</translation>
  </message>
  <message>
   <source>Most that is kept (GB)</source>
   <translation>Máximo que se guarda (GB)</translation>
  </message>
  <message>
   <source>Evaluate against reference polygons</source>
   <translation>Evaluar con polígonos de referencia</translation>
  </message>
  <message>
   <source>Segments the points and compares every polygon with the reference polygon that holds its point: mean IoU with its 95 % interval, F1, and how many objects were missed.</source>
   <translation>Segmenta los puntos y compara cada polígono con el de referencia que contiene su punto: IoU media con intervalo del 95 %, F1 y cuántos objetos faltan.</translation>
  </message>
  <message>
   <source>Reference polygons</source>
   <translation>Polígonos de referencia</translation>
  </message>
  <message>
   <source>Mean IoU</source>
   <translation>IoU media</translation>
  </message>
  <message>
   <source>Mean F1</source>
   <translation>F1 media</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>Objetos</translation>
  </message>
  <message>
   <source>Find all like these</source>
   <translation>Buscar todos los parecidos</translation>
  </message>
  <message>
   <source>Click a few objects of one kind, five to twenty if you can, and all others of the raster come back as polygons, each with the probability that it is right. Polygons that stand come back as they were; those with status rejected stay away. A column class tells several kinds apart.</source>
   <translation>Haga clic en unos pocos objetos de un tipo, de cinco a veinte si puede, y todos los demás del ráster vuelven como polígonos, cada uno con la probabilidad de que sea correcto. Los polígonos establecidos vuelven como eran; los de estado rejected no reaparecen. Una columna class distingue varios tipos.</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>Encontrados</translation>
  </message>
  <message>
   <source>Look in these polygons</source>
   <translation>Buscar en estos polígonos</translation>
  </message>
  <message>
   <source>Leave out lower scores</source>
   <translation>Omitir puntuaciones más bajas</translation>
  </message>
  <message>
   <source>At most that many, the best</source>
   <translation>Como máximo tantos, los mejores</translation>
  </message>
  <message>
   <source>Continue a run that was stopped</source>
   <translation>Continuar una ejecución interrumpida</translation>
  </message>
  <message>
   <source>Polygons of such objects, or an earlier output</source>
   <translation>Polígonos de tales objetos, o una salida anterior</translation>
  </message>
  <message>
   <source>Points or polygons of what is no such object</source>
   <translation>Puntos o polígonos de lo que no es un objeto así</translation>
  </message>
  <message>
   <source>Adapt the model to the points first</source>
   <translation>Adaptar primero el modelo a los puntos</translation>
  </message>
  <message>
   <source>Give points, or polygons, of some objects to find others like them.</source>
   <translation>Indique puntos o polígonos de algunos objetos para encontrar otros como ellos.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>ninguno</translation>
  </message>
  <message>
   <source>Segment everything</source>
   <translation>Segmentar todo</translation>
  </message>
  <message>
   <source>Outlines every distinct object of an area, whatever it is. The score is the IoU with the true outline to expect. To find one kind of object, use “Find all like these”.</source>
   <translation>Delinea cada objeto distinto de una zona, sea lo que sea. La puntuación es el IoU que cabe esperar con el contorno verdadero. Para encontrar un tipo de objeto, use «Buscar todos los parecidos».</translation>
  </message>
  <message>
   <source>objects</source>
   <translation>objetos</translation>
  </message>
  <message>
   <source>Segment points</source>
   <translation>Segmentar puntos</translation>
  </message>
  <message>
   <source>Finds the object under every point and returns its outline, with a score. Points with the same object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were not found are rows without geometry that say why.</source>
   <translation>Encuentra el objeto bajo cada punto y devuelve su contorno con una puntuación. Los puntos con el mismo object_id forman un objeto; label 0 excluye. Las demás columnas se conservan. Los objetos no encontrados son filas sin geometría que dicen por qué.</translation>
  </message>
  <message>
   <source>Refine the first mask</source>
   <translation>Refinar la primera máscara</translation>
  </message>
  <message>
   <source>Ask again with the refined mask's box</source>
   <translation>Preguntar otra vez con el recuadro de la máscara refinada</translation>
  </message>
  <message>
   <source>Look again at small and large objects, finer and coarser</source>
   <translation>Volver a mirar objetos pequeños y grandes, más fino y más grueso</translation>
  </message>
  <message>
   <source>Look at everything turned by half, too: better from one click, twice as long</source>
   <translation>Mirar todo también girado 180°: mejor con un solo clic, tarda el doble</translation>
  </message>
  <message>
   <source>The project has no map theme “{}” with layers.</source>
   <translation>El proyecto no tiene un tema de mapa «{}» con capas.</translation>
  </message>
  <message>
   <source>Shape of the polygons</source>
   <translation>Forma de los polígonos</translation>
  </message>
  <message>
   <source>Simplify (pixels)</source>
   <translation>Simplificar (píxeles)</translation>
  </message>
  <message>
   <source>Reject smaller ones (m²)</source>
   <translation>Rechazar los menores (m²)</translation>
  </message>
  <message>
   <source>Close gaps between neighbours (pixels)</source>
   <translation>Cerrar huecos entre vecinos (píxeles)</translation>
  </message>
  <message>
   <source>Let polygons share area</source>
   <translation>Permitir que los polígonos se solapen</translation>
  </message>
  <message>
   <source>Only points in this extent</source>
   <translation>Solo puntos en esta extensión</translation>
  </message>
  <message>
   <source>Only points in the extent of this map theme's layers</source>
   <translation>Solo puntos en la extensión de las capas de este tema de mapa</translation>
  </message>
  <message>
   <source>Segments</source>
   <translation>Segmentos</translation>
  </message>
  <message>
   <source>Give an extent or a map theme, not both.</source>
   <translation>Indique una extensión o un tema de mapa, no ambos.</translation>
  </message>
  <message>
   <source>Suggest where to click next</source>
   <translation>Sugerir dónde hacer clic</translation>
  </message>
  <message>
   <source>Around the points so far, looks for places that resemble the clicked objects and of which the model is unsure, and for clicked objects that it gets differently each time. Best first, by expected gain.</source>
   <translation>Busca, alrededor de los puntos, lugares parecidos a los objetos marcados en los que el modelo duda, y objetos marcados que ve distinto cada vez. Primero los mejores, por ganancia esperada.</translation>
  </message>
  <message>
   <source>How many places</source>
   <translation>Cuántos lugares</translation>
  </message>
  <message>
   <source>Suggestions</source>
   <translation>Sugerencias</translation>
  </message>
  <message>
   <source>Remove the environment? Adapters and settings stay.</source>
   <translation>¿Quitar el entorno? Los adaptadores y ajustes se conservan.</translation>
  </message>
  <message>
   <source>{}

Download Python {} (about {} MB) into {}? Nothing else on this machine changes.</source>
   <translation>{}

¿Descargar Python {} (unos {} MB) en {}? No cambia nada más en este equipo.</translation>
  </message>
  <message>
   <source>Removed.</source>
   <translation>Quitado.</translation>
  </message>
  <message>
   <source>ReSAM: environment</source>
   <translation>ReSAM: entorno</translation>
  </message>
  <message>
   <source>For the processor (works everywhere)</source>
   <translation>Para el procesador (funciona siempre)</translation>
  </message>
  <message>
   <source>For an NVIDIA GPU (CUDA)</source>
   <translation>Para una GPU NVIDIA (CUDA)</translation>
  </message>
  <message>
   <source>A Python of my own that has the packages</source>
   <translation>Un Python propio con los paquetes</translation>
  </message>
  <message>
   <source>Folder of wheels, to install without a network (optional)</source>
   <translation>Carpeta de wheels, para instalar sin red (opcional)</translation>
  </message>
  <message>
   <source>Address of an index with PyTorch's CUDA build and its hashes</source>
   <translation>Dirección de un índice con la versión CUDA de PyTorch y sus hashes</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Cerrar</translation>
  </message>
  <message>
   <source>Open the sample scene</source>
   <translation>Abrir la escena de ejemplo</translation>
  </message>
  <message>
   <source>Copied. Passwords and keys are left out.</source>
   <translation>Copiado. Sin contraseñas ni claves.</translation>
  </message>
  <message>
   <source>Some files could not be removed: delete {} when QGIS is closed.</source>
   <translation>Algunos archivos no se pudieron quitar: borre {} cuando QGIS esté cerrado.</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <translation>Cancelado; lo descargado se conserva.</translation>
  </message>
  <message>
   <source>This Python cannot run the engine: {}</source>
   <translation>Este Python no puede ejecutar el motor: {}</translation>
  </message>
  <message>
   <source>The engine needs a Python environment of its own. QGIS itself is not changed.</source>
   <translation>El motor necesita su propio entorno de Python. QGIS no se modifica.</translation>
  </message>
  <message>
   <source>Takes {needed:g} GB of {free:.0f} GB free in {place}</source>
   <translation>Ocupa {needed:g} GB de {free:.0f} GB libres en {place}</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>Usarlo</translation>
  </message>
  <message>
   <source>Set up</source>
   <translation>Instalar</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>Probando…</translation>
  </message>
  <message>
   <source>Stopping…</source>
   <translation>Deteniendo…</translation>
  </message>
  <message>
   <source>Step {} of {}: {}</source>
   <translation>Paso {} de {}: {}</translation>
  </message>
  <message>
   <source>It works; it is used from now on.</source>
   <translation>Funciona; se usará desde ahora.</translation>
  </message>
  <message>
   <source>The GPU cannot be used: {}

Set up for the processor instead?</source>
   <translation>No se puede usar la GPU: {}

¿Instalar para el procesador?</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Cancelar</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Reparar</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Quitar</translation>
  </message>
  <message>
   <source>Copy diagnostics</source>
   <translation>Copiar diagnóstico</translation>
  </message>
  <message>
   <source>Folder of wheels</source>
   <translation>Carpeta de wheels</translation>
  </message>
  <message>
   <source>Python</source>
   <translation>Python</translation>
  </message>
  <message>
   <source>In use: {}</source>
   <translation>En uso: {}</translation>
  </message>
  <message>
   <source>Name the index that offers PyTorch's CUDA build for this system.</source>
   <translation>Indique el índice que ofrece la versión CUDA de PyTorch para este sistema.</translation>
  </message>
  <message>
   <source>Ready: click the first object.</source>
   <translation>Listo: haga clic en el primer objeto.</translation>
  </message>
  <message>
   <source>No such folder: {}</source>
   <translation>No existe la carpeta: {}</translation>
  </message>
  <message>
   <source>Name the program of that Python: “{}” is no file.</source>
   <translation>Indique el programa de ese Python: «{}» no es un archivo.</translation>
  </message>
  <message>
   <source>The environment is ready ({}).</source>
   <translation>El entorno está listo ({}).</translation>
  </message>
  <message>
   <source>if you trust whoever made it, click on it and press “Allow”, then try the run again</source>
   <translation>si confía en quien lo creó, haga clic en él y pulse «Permitir»; luego intente de nuevo la ejecución</translation>
  </message>
  <message>
   <source>ReSAM: {}</source>
   <translation>ReSAM: {}</translation>
  </message>
  <message>
   <source>{} cannot be written.</source>
   <translation>No se puede escribir {}.</translation>
  </message>
  <message>
   <source>Another QGIS is setting up the environment: wait for it.</source>
   <translation>Otro QGIS está preparando el entorno: espere a que termine.</translation>
  </message>
  <message>
   <source>Copied.</source>
   <translation>Copiado.</translation>
  </message>
  <message>
   <source>Accept some objects first.</source>
   <translation>Acepte antes algunos objetos.</translation>
  </message>
  <message>
   <source>Its polygon was not saved.</source>
   <translation>Su polígono no se guardó.</translation>
  </message>
  <message>
   <source>There is no polygon to accept: click an object first.</source>
   <translation>No hay polígono que aceptar: haga clic antes en un objeto.</translation>
  </message>
  <message>
   <source>What you had clicked before is at hand again.</source>
   <translation>Lo que había marcado antes vuelve a estar en curso.</translation>
  </message>
  <message>
   <source>Choose the layer that takes the polygons.</source>
   <translation>Elija la capa que recibe los polígonos.</translation>
  </message>
  <message>
   <source>The last object was taken back.</source>
   <translation>Se deshizo el último objeto.</translation>
  </message>
  <message>
   <source>Fetching a picture of the layer “{}”…</source>
   <translation>Obteniendo una imagen de la capa «{}»…</translation>
  </message>
  <message>
   <source>Nothing was found there: {}</source>
   <translation>No se encontró nada ahí: {}</translation>
  </message>
  <message>
   <source>{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.</source>
   <translation>{} ya existe y contiene: {}. ¿Añadir una capa para los polígonos? Lo que contiene no cambia.</translation>
  </message>
  <message>
   <source>ReSAM</source>
   <translation>ReSAM</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>Clic</translation>
  </message>
  <message>
   <source>The polygons go to the scratch layer “{}”: save it before you close the project.</source>
   <translation>Los polígonos van a la capa temporal «{}»: guárdela antes de cerrar el proyecto.</translation>
  </message>
  <message>
   <source>Download the weights of this model</source>
   <translation>Descargar los pesos de este modelo</translation>
  </message>
  <message>
   <source>New scratch layer</source>
   <translation>Nueva capa temporal</translation>
  </message>
  <message>
   <source>Make a layer for the polygons in a GeoPackage, new or there</source>
   <translation>Crear una capa para los polígonos en un GeoPackage nuevo o existente</translation>
  </message>
  <message>
   <source>Polygons go to</source>
   <translation>Los polígonos van a</translation>
  </message>
  <message>
   <source>Class</source>
   <translation>Clase</translation>
  </message>
  <message>
   <source>How far outlines may move when vertices go, in pixels</source>
   <translation>Cuánto puede moverse el contorno al simplificar, en píxeles</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>Simplificar</translation>
  </message>
  <message>
   <source>Shape</source>
   <translation>Forma</translation>
  </message>
  <message>
   <source>Preview under the mouse</source>
   <translation>Vista previa bajo el ratón</translation>
  </message>
  <message>
   <source>Click objects</source>
   <translation>Marcar objetos</translation>
  </message>
  <message>
   <source>Accept (Enter)</source>
   <translation>Aceptar (Intro)</translation>
  </message>
  <message>
   <source>Undo (⌫)</source>
   <translation>Deshacer (⌫)</translation>
  </message>
  <message>
   <source>Clear (Esc)</source>
   <translation>Limpiar (Esc)</translation>
  </message>
  <message>
   <source>Copy as command</source>
   <translation>Copiar como orden</translation>
  </message>
  <message>
   <source>The same segmentation of your clicks, for a terminal</source>
   <translation>La misma segmentación de sus clics, para una terminal</translation>
  </message>
  <message>
   <source>Add layer</source>
   <translation>Añadir capa</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Buscando…</translation>
  </message>
  <message>
   <source>Tab or Shift and wheel: other masks. Space pans.</source>
   <translation>Tab o Mayús y rueda: otras máscaras. Espacio desplaza.</translation>
  </message>
  <message>
   <source>Choose a raster layer first.</source>
   <translation>Elija antes una capa ráster.</translation>
  </message>
  <message>
   <source>Click an object.</source>
   <translation>Haga clic en un objeto.</translation>
  </message>
  <message>
   <source>Left click adds, right click or Shift excludes, dragging draws a box.</source>
   <translation>Clic izquierdo añade, clic derecho o Mayús excluye, arrastrar dibuja un recuadro.</translation>
  </message>
  <message>
   <source>about {:.1f} s a click on this machine</source>
   <translation>unos {:.1f} s por clic en este equipo</translation>
  </message>
  <message>
   <source>Score {score:.2f}, {area:.0f} m²</source>
   <translation>Puntuación {score:.2f}, {area:.0f} m²</translation>
  </message>
  <message>
   <source>{} objects are waiting.</source>
   <translation>{} objetos esperan.</translation>
  </message>
  <message>
   <source>Downloading {}…</source>
   <translation>Descargando {}…</translation>
  </message>
  <message>
   <source>ReSAM: download {}</source>
   <translation>ReSAM: descargar {}</translation>
  </message>
  <message>
   <source>{} is ready.</source>
   <translation>{} está listo.</translation>
  </message>
  <message>
   <source>There is no polygon of the layer “{}” here.</source>
   <translation>Aquí no hay ningún polígono de la capa «{}».</translation>
  </message>
  <message>
   <source>Click what belongs to it or does not, then accept.</source>
   <translation>Marque lo que pertenece o no, y acepte.</translation>
  </message>
  <message>
   <source>This polygon has no holes.</source>
   <translation>Este polígono no tiene huecos.</translation>
  </message>
  <message>
   <source>This polygon has one part only.</source>
   <translation>Este polígono tiene una sola parte.</translation>
  </message>
  <message>
   <source>Enter writes it, Esc forgets it.</source>
   <translation>Intro lo escribe, Esc lo descarta.</translation>
  </message>
  <message>
   <source>Click the polygon that you want to refine.</source>
   <translation>Haga clic en el polígono que quiere afinar.</translation>
  </message>
  <message>
   <source>Click the polygon whose holes you want to fill.</source>
   <translation>Haga clic en el polígono cuyos huecos quiere rellenar.</translation>
  </message>
  <message>
   <source>Click the polygon of which you want the largest part alone.</source>
   <translation>Haga clic en el polígono del que solo quiere la parte mayor.</translation>
  </message>
  <message>
   <source>Click the polygons that are one object; the columns of the first are kept.</source>
   <translation>Haga clic en los polígonos que son un objeto; se conservan las columnas del primero.</translation>
  </message>
  <message>
   <source>Click on one side of a polygon, then on the other: the line between splits it.</source>
   <translation>Haga clic a un lado del polígono y luego al otro: la línea entre ambos lo divide.</translation>
  </message>
  <message>
   <source>Choose the layer whose polygons you want to edit.</source>
   <translation>Elija la capa cuyos polígonos quiere editar.</translation>
  </message>
  <message>
   <source>Nothing to write: click a polygon first.</source>
   <translation>Nada que escribir: haga clic antes en un polígono.</translation>
  </message>
  <message>
   <source>The line crosses no polygon from side to side.</source>
   <translation>La línea no cruza ningún polígono de lado a lado.</translation>
  </message>
  <message>
   <source>Edit segments</source>
   <translation>Editar segmentos</translation>
  </message>
  <message>
   <source>The layer “{}” refused the change.</source>
   <translation>La capa «{}» rechazó el cambio.</translation>
  </message>
  <message>
   <source>The layer that takes the polygons is gone.</source>
   <translation>La capa que recibe los polígonos ya no existe.</translation>
  </message>
  <message>
   <source>{} cannot be read.</source>
   <translation>No se puede leer {}.</translation>
  </message>
  <message>
   <source>Add finds</source>
   <translation>Añadir hallazgos</translation>
  </message>
  <message>
   <source>{}: found</source>
   <translation>{}: hallados</translation>
  </message>
  <message>
   <source>The layer “{}” refused the polygon.</source>
   <translation>La capa «{}» rechazó el polígono.</translation>
  </message>
  <message>
   <source>Accept an object of class “{}” first: then the view shows what looks like it.</source>
   <translation>Acepte antes un objeto de la clase «{}»: la vista mostrará lo que se le parece.</translation>
  </message>
  <message>
   <source>Likeness is shown on rasters with a file alone.</source>
   <translation>El parecido solo se muestra en rásteres con archivo.</translation>
  </message>
  <message>
   <source>Accept an object first: then the view shows what looks like it.</source>
   <translation>Acepte antes un objeto: la vista mostrará lo que se le parece.</translation>
  </message>
  <message>
   <source>At this scale the objects are too small to compare: zoom in.</source>
   <translation>A esta escala los objetos son demasiado pequeños para compararlos: acérquese.</translation>
  </message>
  <message>
   <source>Undone in the layer “{}”: {}</source>
   <translation>Deshecho en la capa «{}»: {}</translation>
  </message>
  <message>
   <source>The last change of the layer “{}” is your own: undo it in QGIS.</source>
   <translation>El último cambio de la capa «{}» es suyo: deshágalo en QGIS.</translation>
  </message>
  <message>
   <source>Stopped before there was a polygon.</source>
   <translation>Se detuvo antes de que hubiera un polígono.</translation>
  </message>
  <message>
   <source>QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.</source>
   <translation>QGIS terminó de forma inesperada. Han vuelto los clics de {} objetos y los que estaban en curso.</translation>
  </message>
  <message>
   <source>The project's adapter “{}” is not in the list: import it on the page “Adapt”.</source>
   <translation>El adaptador «{}» del proyecto no está en la lista: impórtelo en la página «Adaptar».</translation>
  </message>
  <message>
   <source>{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.</source>
   <translation>{} polígonos no estaban guardados (cruces): Intro los busca de nuevo, Esc los descarta.</translation>
  </message>
  <message>
   <source>Polygons of the layer “{}” cover the object, and the project avoids overlaps.</source>
   <translation>Polígonos de la capa «{}» cubren el objeto, y el proyecto evita los solapamientos.</translation>
  </message>
  <message>
   <source>The layer “{}” does not take the polygon: its column “{}” must hold something else ({}).</source>
   <translation>La capa «{}» no acepta el polígono: su columna «{}» debe contener otra cosa ({}).</translation>
  </message>
  <message>
   <source>The polygon cannot be placed in the CRS of the layer “{}”.</source>
   <translation>El polígono no tiene lugar en el SRC de la capa «{}».</translation>
  </message>
  <message>
   <source>The layer “{}” is broken: repair its data source first.</source>
   <translation>La capa «{}» está rota: repare antes su origen de datos.</translation>
  </message>
  <message>
   <source>The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the file, or correct the file (Raster ▸ Projections ▸ Assign Projection…).</source>
   <translation>La capa «{}» se puso en el SRC {}, pero su archivo indica {}: ponga la capa en el del archivo o corrija el archivo (Ráster ▸ Proyecciones ▸ Asignar proyección…).</translation>
  </message>
  <message>
   <source>The files of these rasters state no CRS, and their layers have several ({}): choose those of one.</source>
   <translation>Los archivos de estos rásteres no indican SRC, y sus capas tienen varios ({}): elija las de uno solo.</translation>
  </message>
  <message>
   <source>The layer “{}” has another CRS than its file: save it as a new file, and choose that one.</source>
   <translation>La capa «{}» tiene otro SRC que su archivo: guárdela como archivo nuevo y elija ese.</translation>
  </message>
  <message>
   <source>Save the layer “{}” to a file first, without filter or unsaved edits.</source>
   <translation>Guarde antes la capa «{}» en un archivo, sin filtro ni ediciones pendientes.</translation>
  </message>
  <message>
   <source>This place does not exist in the CRS of the raster.</source>
   <translation>Este lugar no existe en el SRC del ráster.</translation>
  </message>
  <message>
   <source>The layer “{}” has no CRS: set one in its properties.</source>
   <translation>La capa «{}» no tiene SRC: asígnele uno en sus propiedades.</translation>
  </message>
  <message>
   <source>{:.1f} of about {:.1f} GB, {} so far</source>
   <translation>{:.1f} de unos {:.1f} GB, {} hasta ahora</translation>
  </message>
  <message>
   <source>about {} left</source>
   <translation>quedan unos {}</translation>
  </message>
  <message>
   <source>Add segment</source>
   <translation>Añadir segmento</translation>
  </message>
  <message>
   <source>Change segment</source>
   <translation>Cambiar segmento</translation>
  </message>
  <message>
   <source>The column “{}” of the layer “{}” does not take “{}”: change the values of the class.</source>
   <translation>La columna «{}» de la capa «{}» no admite «{}»: cambie los valores de la clase.</translation>
  </message>
  <message>
   <source>{} exists already.</source>
   <translation>{} ya existe.</translation>
  </message>
  <message>
   <source>{} is no GeoPackage: choose another name.</source>
   <translation>{} no es un GeoPackage: elija otro nombre.</translation>
  </message>
  <message>
   <source>The polygon is no longer in the layer “{}”.</source>
   <translation>El polígono ya no está en la capa «{}».</translation>
  </message>
  <message>
   <source>The layer “{}” cannot be edited.</source>
   <translation>La capa «{}» no se puede editar.</translation>
  </message>
  <message>
   <source>none: estimate from the clicks</source>
   <translation>ninguno: estimar a partir de los clics</translation>
  </message>
  <message>
   <source>Starting…</source>
   <translation>Iniciando…</translation>
  </message>
  <message>
   <source>ReSAM: adapt to points</source>
   <translation>ReSAM: adaptar a puntos</translation>
  </message>
  <message>
   <source>Export adapter</source>
   <translation>Exportar adaptador</translation>
  </message>
  <message>
   <source>Import adapter</source>
   <translation>Importar adaptador</translation>
  </message>
  <message>
   <source>Clicks so far</source>
   <translation>Clics hasta ahora</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>Aprender de</translation>
  </message>
  <message>
   <source>Measure with</source>
   <translation>Medir con</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>automático</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>Minutos</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>Pérdida</translation>
  </message>
  <message>
   <source>{} objects</source>
   <translation>{} objetos</translation>
  </message>
  <message>
   <source>Choose an adapter on the first page.</source>
   <translation>Elija un adaptador en la primera página.</translation>
  </message>
  <message>
   <source>Exported.</source>
   <translation>Exportado.</translation>
  </message>
  <message>
   <source>Imported.</source>
   <translation>Importado.</translation>
  </message>
  <message>
   <source>Remove the adapter “{}” for good?</source>
   <translation>¿Quitar para siempre el adaptador «{}»?</translation>
  </message>
  <message>
   <source>Adapt to these points</source>
   <translation>Adaptar a estos puntos</translation>
  </message>
  <message>
   <source>Remove adapter</source>
   <translation>Quitar adaptador</translation>
  </message>
  <message>
   <source>Learned; measuring the objects held out…</source>
   <translation>Aprendido; se miden los objetos reservados…</translation>
  </message>
  <message>
   <source>about {} s on two cores</source>
   <translation>unos {} s con dos núcleos</translation>
  </message>
  <message>
   <source>click at least {} first</source>
   <translation>marque antes al menos {}</translation>
  </message>
  <message>
   <source>Current view</source>
   <translation>Vista actual</translation>
  </message>
  <message>
   <source>Rectangle on the map</source>
   <translation>Rectángulo en el mapa</translation>
  </message>
  <message>
   <source>Polygons of a layer</source>
   <translation>Polígonos de una capa</translation>
  </message>
  <message>
   <source>Whole raster</source>
   <translation>Ráster entero</translation>
  </message>
  <message>
   <source>Draw the rectangle</source>
   <translation>Dibujar el rectángulo</translation>
  </message>
  <message>
   <source>Choose the layer of polygons to look in.</source>
   <translation>Elija la capa de polígonos en los que buscar.</translation>
  </message>
  <message>
   <source>The area has no place in the CRS of the raster.</source>
   <translation>La zona no tiene lugar en el SRC del ráster.</translation>
  </message>
  <message>
   <source>Draw the rectangle first.</source>
   <translation>Dibuje antes el rectángulo.</translation>
  </message>
  <message>
   <source>The area lies beside the raster “{}”.</source>
   <translation>La zona está fuera del ráster «{}».</translation>
  </message>
  <message>
   <source>The layer “{}” holds no polygon.</source>
   <translation>La capa «{}» no contiene polígonos.</translation>
  </message>
  <message>
   <source>Choose one band, or three: until then they are chosen by their colours.</source>
   <translation>Elija una banda o tres: hasta entonces se eligen por sus colores.</translation>
  </message>
  <message>
   <source>reads red, green and blue by their colours</source>
   <translation>lee rojo, verde y azul por sus colores</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>auto</translation>
  </message>
  <message>
   <source>as shown</source>
   <translation>como se ve</translation>
  </message>
  <message>
   <source>reads bands {} as shown, stretched by ReSAM</source>
   <translation>lee las bandas {} como se ven, estiradas por ReSAM</translation>
  </message>
  <message>
   <source>reads bands {}, stretched by ReSAM</source>
   <translation>lee las bandas {}, estiradas por ReSAM</translation>
  </message>
  <message>
   <source>One merged layer besides</source>
   <translation>Además, una capa combinada</translation>
  </message>
  <message>
   <source>Folder of rasters</source>
   <translation>Carpeta de rásteres</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>espera</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>en curso</translation>
  </message>
  <message>
   <source>done</source>
   <translation>hecho</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fallido</translation>
  </message>
  <message>
   <source>Add to the queue</source>
   <translation>Añadir a la cola</translation>
  </message>
  <message>
   <source>The selected runs, or those that are done</source>
   <translation>Las ejecuciones seleccionadas, o las terminadas</translation>
  </message>
  <message>
   <source>Check at least one raster and one layer of points.</source>
   <translation>Marque al menos un ráster y una capa de puntos.</translation>
  </message>
  <message>
   <source>Choose a folder that is there for the results.</source>
   <translation>Elija una carpeta existente para los resultados.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Continuar</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Pausar</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Reintentar</translation>
  </message>
  <message>
   <source>Results go to</source>
   <translation>Los resultados van a</translation>
  </message>
  <message>
   <source>{} of {} done</source>
   <translation>{} de {} hechos</translation>
  </message>
  <message>
   <source>{} holds no rasters.</source>
   <translation>{} no contiene rásteres.</translation>
  </message>
  <message>
   <source>Held-out objects whose outlines changed most: before above, after below</source>
   <translation>Objetos reservados cuyos contornos más cambiaron: arriba antes, abajo después</translation>
  </message>
  <message>
   <source>Colour of the class</source>
   <translation>Color de la clase</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>Color…</translation>
  </message>
  <message>
   <source>Values…</source>
   <translation>Valores…</translation>
  </message>
  <message>
   <source>What every polygon of this class gets in other columns</source>
   <translation>Lo que recibe cada polígono de esta clase en otras columnas</translation>
  </message>
  <message>
   <source>Take the class out of the list; its polygons stay</source>
   <translation>Quitar la clase de la lista; sus polígonos se quedan</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>Por clase</translation>
  </message>
  <message>
   <source>By score</source>
   <translation>Por puntuación</translation>
  </message>
  <message>
   <source>Colour the polygons by class</source>
   <translation>Colorear los polígonos por clase</translation>
  </message>
  <message>
   <source>Colour the polygons by score</source>
   <translation>Colorear los polígonos por puntuación</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Tecla</translation>
  </message>
  <message>
   <source>Count</source>
   <translation>Número</translation>
  </message>
  <message>
   <source>Area</source>
   <translation>Área</translation>
  </message>
  <message>
   <source>Refine</source>
   <translation>Afinar</translation>
  </message>
  <message>
   <source>Refine a polygon of the layer with more clicks</source>
   <translation>Afinar un polígono de la capa con más clics</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>Rellenar</translation>
  </message>
  <message>
   <source>Fill the holes of a polygon</source>
   <translation>Rellenar los huecos de un polígono</translation>
  </message>
  <message>
   <source>Largest</source>
   <translation>Mayor</translation>
  </message>
  <message>
   <source>Keep the largest part of a polygon alone</source>
   <translation>Conservar solo la parte mayor de un polígono</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>Unir</translation>
  </message>
  <message>
   <source>Make one polygon of several</source>
   <translation>Hacer un polígono de varios</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Dividir</translation>
  </message>
  <message>
   <source>Split polygons by a line between two clicks</source>
   <translation>Dividir polígonos con una línea entre dos clics</translation>
  </message>
  <message>
   <source>ReSAM: find all like these</source>
   <translation>ReSAM: buscar todos los parecidos</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>Ejemplos</translation>
  </message>
  <message>
   <source>Look in</source>
   <translation>Buscar en</translation>
  </message>
  <message>
   <source>click and accept some first</source>
   <translation>haga clic y acepte antes algunos</translation>
  </message>
  <message>
   <source>Find again</source>
   <translation>Buscar de nuevo</translation>
  </message>
  <message>
   <source>{:.1f} megapixels, about {}</source>
   <translation>{:.1f} megapíxeles, unos {}</translation>
  </message>
  <message>
   <source>{:.1f} megapixels; how long this model takes is not known yet</source>
   <translation>{:.1f} megapíxeles; aún no se sabe cuánto tarda este modelo</translation>
  </message>
  <message>
   <source>The raster that was searched is gone.</source>
   <translation>El ráster en el que se buscó ya no está.</translation>
  </message>
  <message>
   <source>The {} finds that were outlined until then are kept.</source>
   <translation>Los {} hallazgos delineados hasta entonces se conservan.</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>{} rechazados</translation>
  </message>
  <message>
   <source>Nothing else like these was found.</source>
   <translation>No se encontró nada más parecido.</translation>
  </message>
  <message>
   <source>{} or more make scores surer</source>
   <translation>con {} o más las puntuaciones son más seguras</translation>
  </message>
  <message>
   <source>Found {}.</source>
   <translation>Se encontraron {}.</translation>
  </message>
  <message>
   <source>Finds of a lower score are hidden; nothing is searched for again.</source>
   <translation>Los hallazgos con menor puntuación se ocultan; no se busca de nuevo.</translation>
  </message>
  <message>
   <source>The doubtful ones first: Enter accepts, R rejects, F fixes.</source>
   <translation>Primero los dudosos: Intro acepta, R rechaza, F corrige.</translation>
  </message>
  <message>
   <source>Least score</source>
   <translation>Puntuación mínima</translation>
  </message>
  <message>
   <source>{} shown, about {} expected right</source>
   <translation>{} mostrados, unos {} probablemente correctos</translation>
  </message>
  <message>
   <source>Review {} of them</source>
   <translation>Revisar {} de ellos</translation>
  </message>
  <message>
   <source>Add the {} shown to “{}”</source>
   <translation>Añadir los {} mostrados a «{}»</translation>
  </message>
  <message>
   <source>{} polygons were added to “{}”.</source>
   <translation>Se añadieron {} polígonos a «{}».</translation>
  </message>
  <message>
   <source>Shows where it looks like the objects of the chosen class; without one, of all</source>
   <translation>Muestra dónde se parece a los objetos de la clase elegida; sin clase, a todos</translation>
  </message>
  <message>
   <source>Colour what looks like these</source>
   <translation>Colorear lo parecido</translation>
  </message>
  <message>
   <source>Set up…</source>
   <translation>Configurar…</translation>
  </message>
  <message>
   <source>The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.</source>
   <translation>La capa «{}» no tiene la columna «status»: solo se pueden revisar capas escritas por ReSAM.</translation>
  </message>
  <message>
   <source>{place} of {count}, score {score:.2f}</source>
   <translation>{place} de {count}, puntuación {score:.2f}</translation>
  </message>
  <message>
   <source>The column “status” of the layer “{}” does not take “{}”: it must hold text.</source>
   <translation>La columna «status» de la capa «{}» no admite «{}»: debe contener texto.</translation>
  </message>
  <message>
   <source>rejected in review</source>
   <translation>rechazado en la revisión</translation>
  </message>
  <message>
   <source>Nothing left to look at.</source>
   <translation>No queda nada por revisar.</translation>
  </message>
  <message>
   <source>Nothing to look at.</source>
   <translation>Nada que revisar.</translation>
  </message>
  <message>
   <source>Polygons</source>
   <translation>Polígonos</translation>
  </message>
  <message>
   <source>Also those that are accepted</source>
   <translation>También los aceptados</translation>
  </message>
  <message>
   <source>Outlines alone, coloured by score</source>
   <translation>Solo contornos, coloreados por puntuación</translation>
  </message>
  <message>
   <source>Begin with the least certain</source>
   <translation>Empezar por lo menos seguro</translation>
  </message>
  <message>
   <source>Accept (Enter or A)</source>
   <translation>Aceptar (Intro o A)</translation>
  </message>
  <message>
   <source>Fix with more clicks (F)</source>
   <translation>Corregir con más clics (F)</translation>
  </message>
  <message>
   <source>Reject (R)</source>
   <translation>Rechazar (R)</translation>
  </message>
  <message>
   <source>Next (N)</source>
   <translation>Siguiente (N)</translation>
  </message>
  <message>
   <source>Back (B)</source>
   <translation>Atrás (B)</translation>
  </message>
  <message>
   <source>Environment…</source>
   <translation>Entorno…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>todos</translation>
  </message>
  <message>
   <source>Processor threads</source>
   <translation>Hilos del procesador</translation>
  </message>
  <message>
   <source>Memory for raster blocks</source>
   <translation>Memoria para bloques del ráster</translation>
  </message>
  <message>
   <source>What was looked at once is kept on disk, up to this size</source>
   <translation>Lo que se miró una vez se guarda en disco, hasta este tamaño</translation>
  </message>
  <message>
   <source>Disk for embeddings</source>
   <translation>Disco para las incrustaciones</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <translation>Carpeta de las incrustaciones</translation>
  </message>
  <message>
   <source>Folder of models</source>
   <translation>Carpeta de los modelos</translation>
  </message>
  <message>
   <source>the publisher's server</source>
   <translation>el servidor del editor</translation>
  </message>
  <message>
   <source>Models come from</source>
   <translation>Los modelos vienen de</translation>
  </message>
  <message>
   <source>Environment, adapters and clicks; administrators set it by RESAM_HOME</source>
   <translation>Entorno, adaptadores y clics; los administradores lo fijan con RESAM_HOME</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>Datos</translation>
  </message>
  <message>
   <source>in the user's cache</source>
   <translation>en la caché del usuario</translation>
  </message>
  <message>
   <source>Download</source>
   <translation>Descargar</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Contorno</translation>
  </message>
  <message>
   <source>Largest part of the outline</source>
   <translation>Parte mayor del contorno</translation>
  </message>
  <message>
   <source>Right angles (buildings)</source>
   <translation>Ángulos rectos (edificios)</translation>
  </message>
  <message>
   <source>Rotated box (ships, vehicles)</source>
   <translation>Rectángulo girado (barcos, vehículos)</translation>
  </message>
  <message>
   <source>Open a raster, or the sample scene.</source>
   <translation>Abra un ráster o la escena de ejemplo.</translation>
  </message>
  <message>
   <source>Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts.</source>
   <translation>Pulse «Marcar objetos» y haga clic en un tejado. Clic derecho en lo que no es parte de él; Intro acepta.</translation>
  </message>
  <message>
   <source>Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits.</source>
   <translation>Acepte dos docenas de objetos. Los polígonos quedan en la capa elegida, como ediciones normales.</translation>
  </message>
  <message>
   <source>On the page “Adapt”, let the model learn from your clicks, and read its verdict.</source>
   <translation>En la página «Adaptar», deje que el modelo aprenda de sus clics y lea su veredicto.</translation>
  </message>
  <message>
   <source>On the page “Review”, go through the least certain polygons. Whole point layers are for the Processing toolbox.</source>
   <translation>En la página «Revisar», repase los polígonos menos seguros. Las capas de puntos enteras son para la caja de herramientas de Procesos.</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Manual</translation>
  </message>
  <message>
   <source>Where to click next</source>
   <translation>Dónde hacer clic ahora</translation>
  </message>
  <message>
   <source>ReSAM: where to click next</source>
   <translation>ReSAM: dónde hacer clic</translation>
  </message>
  <message>
   <source>{} places, best first.</source>
   <translation>{} lugares, los mejores primero.</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>Columna</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>Valor</translation>
  </message>
  <message>
   <source>Every new polygon of this class gets these values.</source>
   <translation>Cada polígono nuevo de esta clase recibe estos valores.</translation>
  </message>
  <message>
   <source>Values of “{}”</source>
   <translation>Valores de «{}»</translation>
  </message>
  <message>
   <source>This is an estimate: only reference polygons measure accuracy.</source>
   <translation>Es una estimación: solo los polígonos de referencia miden la exactitud.</translation>
  </message>
  <message>
   <source>Better: the adapter is used from now on.</source>
   <translation>Mejor: el adaptador se usará desde ahora.</translation>
  </message>
  <message>
   <source>No evidence that it is better or worse: look at the pictures, then choose it or not.</source>
   <translation>Sin evidencia de que sea mejor o peor: mire las imágenes y elíjalo o no.</translation>
  </message>
  <message>
   <source>Worse: the adapter is kept in the list, but not used.</source>
   <translation>Peor: el adaptador queda en la lista, pero no se usa.</translation>
  </message>
  <message>
   <source>no class</source>
   <translation>sin clase</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>Ayuda</translation>
  </message>
  <message>
   <source>The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: zoom out, or click within one view.</source>
   <translation>La capa «{}» necesitaría aquí {} × {} píxeles y {} teselas; los límites son {} píxeles y {} teselas: aléjese, o haga clic dentro de una sola vista.</translation>
  </message>
  <message>
   <source>The layer “{}” gave no picture of this view: is the service there?</source>
   <translation>La capa «{}» no dio imagen de esta vista: ¿está disponible el servicio?</translation>
  </message>
  <message>
   <source>the disk is full, or the folder cannot be written</source>
   <translation>el disco está lleno, o no se puede escribir en la carpeta</translation>
  </message>
  <message>
   <source>ReSAM: picture of {}</source>
   <translation>ReSAM: imagen de {}</translation>
  </message>
  <message>
   <source>Cancelled; nothing was changed.</source>
   <translation>Cancelado; no se cambió nada.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot show so much of the world: zoom in.</source>
   <translation>La capa «{}» no puede mostrar tanto del mundo: acérquese.</translation>
  </message>
  <message>
   <source>The view does not touch the layer “{}”.</source>
   <translation>La vista no toca la capa «{}».</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>Abrir en el navegador</translation>
  </message>
  <message>
   <source>Report of “{}”</source>
   <translation>Informe de «{}»</translation>
  </message>
  <message>
   <source>Plugin and environment do not fit each other: update the environment.</source>
   <translation>El complemento y el entorno no encajan: actualice el entorno.</translation>
  </message>
  <message>
   <source>The environment is from another version of the plugin: update it.</source>
   <translation>El entorno es de otra versión del complemento: actualícelo.</translation>
  </message>
  <message>
   <source>The environment does not run any more: repair it.</source>
   <translation>El entorno ya no funciona: repárelo.</translation>
  </message>
  <message>
   <source>it said nothing</source>
   <translation>no dijo nada</translation>
  </message>
  <message>
   <source>The environment is not set up yet: open ReSAM ▸ Environment.</source>
   <translation>El entorno aún no está instalado: abra ReSAM ▸ Entorno.</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly: {}</source>
   <translation>El motor terminó inesperadamente: {}</translation>
  </message>
  <message>
   <source>The engine cannot be started: {}</source>
   <translation>El motor no puede iniciarse: {}</translation>
  </message>
  <message>
   <source>The chosen Python does not exist any more: {}</source>
   <translation>El Python elegido ya no existe: {}</translation>
  </message>
  <message>
   <source>Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.</source>
   <translation>Aprender tarda unos {}: {} pasos en {} teselas. Antes y después se miden objetos.</translation>
  </message>
  <message>
   <source>{} objects to learn from, {} held out to measure with.</source>
   <translation>{} objetos para aprender, {} reservados para medir.</translation>
  </message>
  <message>
   <source>Stopped at step {}: the targets drifted away from the clicks.</source>
   <translation>Detenido en el paso {}: los objetivos se alejaron de los clics.</translation>
  </message>
  <message>
   <source>{} of {}, about {} left</source>
   <translation>{} de {}, quedan unos {}</translation>
  </message>
  <message>
   <source>creating the environment</source>
   <translation>se crea el entorno</translation>
  </message>
  <message>
   <source>installing the installer</source>
   <translation>se instala el instalador</translation>
  </message>
  <message>
   <source>reading the index</source>
   <translation>se lee el índice</translation>
  </message>
  <message>
   <source>installing PyTorch</source>
   <translation>se instala PyTorch</translation>
  </message>
  <message>
   <source>installing the other packages</source>
   <translation>se instalan los demás paquetes</translation>
  </message>
  <message>
   <source>testing it</source>
   <translation>se prueba</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>listo</translation>
  </message>
  <message>
   <source>outside the raster</source>
   <translation>fuera del ráster</translation>
  </message>
  <message>
   <source>on nodata</source>
   <translation>sobre zonas sin datos</translation>
  </message>
  <message>
   <source>smaller than the minimum area</source>
   <translation>menor que el área mínima</translation>
  </message>
  <message>
   <source>next to nothing changed</source>
   <translation>casi nada cambió</translation>
  </message>
  <message>
   <source>the interval of the difference holds zero</source>
   <translation>el intervalo de la diferencia contiene el cero</translation>
  </message>
  <message>
   <source>too few objects to tell: at least {} are needed</source>
   <translation>muy pocos objetos para juzgar: hacen falta al menos {}</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies below zero</source>
   <translation>todo el intervalo de la diferencia queda bajo cero</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies above zero</source>
   <translation>todo el intervalo de la diferencia queda sobre cero</translation>
  </message>
  <message>
   <source>no object was held out</source>
   <translation>no se reservó ningún objeto</translation>
  </message>
  <message>
   <source>no mask broke, and scores without a calibration cannot tell better from worse</source>
   <translation>ninguna máscara se rompió, y unas puntuaciones sin calibrar no distinguen mejor de peor</translation>
  </message>
  <message>
   <source>the expected change is too small to tell its sign</source>
   <translation>el cambio esperado es demasiado pequeño para conocer su signo</translation>
  </message>
  <message>
   <source>the clicks are answered with much higher scores</source>
   <translation>los clics se responden con puntuaciones mucho más altas</translation>
  </message>
  <message>
   <source>the scores let expect a loss: look at what changed</source>
   <translation>las puntuaciones hacen esperar una pérdida: mire qué ha cambiado</translation>
  </message>
  <message>
   <source>There is nothing to learn from: accept some objects first.</source>
   <translation>No hay nada de lo que aprender: acepte antes algunos objetos.</translation>
  </message>
  <message>
   <source>The model found nothing at any example: click other objects.</source>
   <translation>El modelo no encontró nada en ningún ejemplo: haga clic en otros objetos.</translation>
  </message>
  <message>
   <source>No example lies on the raster.</source>
   <translation>Ningún ejemplo está sobre el ráster.</translation>
  </message>
  <message>
   <source>From {} examples the scores are rough; more examples make them better.</source>
   <translation>Con {} ejemplos las puntuaciones son aproximadas; con más ejemplos mejoran.</translation>
  </message>
  <message>
   <source>{} of {} examples look unlike the others: check them.</source>
   <translation>{} de {} ejemplos no se parecen a los demás: revíselos.</translation>
  </message>
  <message>
   <source>expected IoU (no reference polygons)</source>
   <translation>IoU esperada (sin polígonos de referencia)</translation>
  </message>
  <message>
   <source>mean score (no reference polygons)</source>
   <translation>puntuación media (sin polígonos de referencia)</translation>
  </message>
  <message>
   <source>Outlining {} objects…</source>
   <translation>Perfilando {} objetos…</translation>
  </message>
  <message>
   <source>The weights of {} are not on this machine: press ⬇ beside the model.</source>
   <translation>Los pesos de {} no están en este equipo: pulse ⬇ junto al modelo.</translation>
  </message>
  <message>
   <source>Continued at step {} of {}.</source>
   <translation>Continuado en el paso {} de {}.</translation>
  </message>
  <message>
   <source>Looking at {} tiles…</source>
   <translation>Mirando {} teselas…</translation>
  </message>
  <message>
   <source>{:.0f} s</source>
   <translation>{:.0f} s</translation>
  </message>
  <message>
   <source>{:.0f} min</source>
   <translation>{:.0f} min</translation>
  </message>
  <message>
   <source>Another raster was chosen meanwhile: start again.</source>
   <translation>Entretanto se eligió otro ráster: empiece de nuevo.</translation>
  </message>
  <message>
   <source>ReSAM class</source>
   <translation>ReSAM clase</translation>
  </message>
  <message>
   <source>Likely enough</source>
   <translation>Bastante probables</translation>
  </message>
  <message>
   <source>ReSAM review</source>
   <translation>Revisión de ReSAM</translation>
  </message>
  <message>
   <source>ReSAM score</source>
   <translation>ReSAM puntuación</translation>
  </message>
  <message>
   <source>other</source>
   <translation>otra</translation>
  </message>
  <message>
   <source>ReSAM sample scene</source>
   <translation>Escena de ejemplo de ReSAM</translation>
  </message>
  <message>
   <source>Allow</source>
   <translation>Permitir</translation>
  </message>
  <message>
   <source>Only if you trust whoever made this file. It holds until QGIS is closed.</source>
   <translation>Solo si confía en quien creó este archivo. Vale hasta que se cierre QGIS.</translation>
  </message>
  <message>
   <source>A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.</source>
   <translation>Un clic con «{}» tarda aquí unos {:.0f} s. MobileSAM es varias veces más rápido.</translation>
  </message>
  <message>
   <source>Adapt</source>
   <translation>Adaptar</translation>
  </message>
  <message>
   <source>Find</source>
   <translation>Buscar</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>Revisar</translation>
  </message>
  <message>
   <source>Batch</source>
   <translation>Lote</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Ajustes</translation>
  </message>
  <message>
   <source>This place lies beside the raster “{}”, on “{}”.</source>
   <translation>Este lugar está fuera del ráster «{}», sobre «{}».</translation>
  </message>
  <message>
   <source>Use MobileSAM</source>
   <translation>Usar MobileSAM</translation>
  </message>
  <message>
   <source>{} runs of the queue are unfinished.</source>
   <translation>{} ejecuciones de la cola están sin terminar.</translation>
  </message>
  <message>
   <source>Click on “{}”</source>
   <translation>Hacer clic en «{}»</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly; your clicks are kept.</source>
   <translation>El motor se detuvo; sus clics se conservan.</translation>
  </message>
  <message>
   <source>The worker was stopped.</source>
   <translation>El proceso se detuvo.</translation>
  </message>
  <message>
   <source>Starting the engine…</source>
   <translation>Iniciando el motor…</translation>
  </message>
  <message>
   <source>{path}: does not exist: check the path of the raster</source>
   <translation>{path}: no existe; compruebe la ruta del ráster</translation>
  </message>
  <message>
   <source>{path}: is a folder: give the raster file in it</source>
   <translation>{path}: es una carpeta; indique el archivo ráster que contiene</translation>
  </message>
  <message>
   <source>{path}: is a vector layer, not a raster: give an image such as a GeoTIFF</source>
   <translation>{path}: es una capa vectorial, no un ráster; indique una imagen, por ejemplo un GeoTIFF</translation>
  </message>
  <message>
   <source>{path}: not a raster that GDAL can read, or damaged ({cause})</source>
   <translation>{path}: no es un ráster que GDAL pueda leer, o está dañado ({cause})</translation>
  </message>
  <message>
   <source>{path}: cannot be read, the file may be damaged ({cause})</source>
   <translation>{path}: no se puede leer, el archivo puede estar dañado ({cause})</translation>
  </message>
  <message>
   <source>{path}: holds no bands of its own: name one of its subdatasets ({names})</source>
   <translation>{path}: no tiene bandas propias; indique uno de sus subconjuntos ({names})</translation>
  </message>
  <message>
   <source>{path}: has no valid pixel in the chosen bands: all is nodata or transparent</source>
   <translation>{path}: no tiene ningún píxel válido en las bandas elegidas; todo es nodata o transparente</translation>
  </message>
  <message>
   <source>{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs EPSG:xxxx</source>
   <translation>{path}: solo está situado por puntos de control (GCP o RPC); transfórmelo antes con gdalwarp -t_srs EPSG:xxxx</translation>
  </message>
  <message>
   <source>{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: no declara SRC; indíquelo con --assume-crs EPSG:xxxx, o conserve sus coordenadas con --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: tiene un SRC pero ninguna posición en él; asígnele una (gdal_edit.py -a_ullr, o su archivo world), o conserve sus coordenadas con --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS of its own, {crs}: leave --assume-crs out</source>
   <translation>{path}: tiene su propio SRC, {crs}; omita --assume-crs</translation>
  </message>
  <message>
   <source>{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}</source>
   <translation>{path}: se pidieron {count} bandas; indique una (gris) o tres (rojo, verde, azul) de {bands}</translation>
  </message>
  <message>
   <source>{path}: there is no band {band}: choose from {bands}</source>
   <translation>{path}: no hay banda {band}; elija entre {bands}</translation>
  </message>
  <message>
   <source>nothing to segment: give --points, --boxes or both</source>
   <translation>nada que segmentar; indique --points, --boxes o ambos</translation>
  </message>
  <message>
   <source>nothing to learn from: give --points, --polygons or both</source>
   <translation>nada de lo que aprender; indique --points, --polygons o ambos</translation>
  </message>
  <message>
   <source>{path}: cannot be read as a vector layer ({cause})</source>
   <translation>{path}: no se puede leer como capa vectorial ({cause})</translation>
  </message>
  <message>
   <source>{path}: has no layer '{layer}'; it has: {names}</source>
   <translation>{path}: no tiene la capa «{layer}»; tiene: {names}</translation>
  </message>
  <message>
   <source>{layer}: the layer has no features; add at least one {kind} and save the edits</source>
   <translation>{layer}: la capa no tiene objetos; añada al menos uno (tipo: {kind}) y guarde los cambios</translation>
  </message>
  <message>
   <source>{layer}: is a table without geometry; give a layer of {kind}s</source>
   <translation>{layer}: es una tabla sin geometría; indique una capa (tipo: {kind})</translation>
  </message>
  <message>
   <source>{layer}: holds {found}, not {kind}s; give a layer of {kind}s</source>
   <translation>{layer}: contiene {found}, no {kind}; indique una capa de tipo {kind}</translation>
  </message>
  <message>
   <source>{layer}: has no field '{field}' to group by; its fields are: {names}</source>
   <translation>{layer}: no tiene el campo «{field}» para agrupar; sus campos son: {names}</translation>
  </message>
  <message>
   <source>{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}</source>
   <translation>{layer}: no tiene geometría ni columnas x/y o lon/lat; sus campos son: {names}</translation>
  </message>
  <message>
   <source>{layer}: does not touch the raster; check its CRS and extent</source>
   <translation>{layer}: no toca el ráster; compruebe su SRC y su extensión</translation>
  </message>
  <message>
   <source>{path}: no click lies on the raster; check extent and CRS</source>
   <translation>{path}: ningún clic está sobre el ráster; compruebe la extensión y el SRC</translation>
  </message>
  <message>
   <source>{path}: no object to learn from lies on the raster; check extent and CRS</source>
   <translation>{path}: ningún objeto del que aprender está sobre el ráster; compruebe la extensión y el SRC</translation>
  </message>
  <message>
   <source>{path}: none of its polygons holds a click; check its extent and CRS</source>
   <translation>{path}: ninguno de sus polígonos contiene un clic; compruebe su extensión y su SRC</translation>
  </message>
  <message>
   <source>{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: if they are clicks of fewer objects, give them object_id</source>
   <translation>hay {count} objetos dentro de {span} píxeles alrededor de ({x}, {y}), y una ventana admite {most}; si son clics de menos objetos, asígneles object_id</translation>
  </message>
  <message>
   <source>no model or file is called '{name}': {hint}</source>
   <translation>ningún modelo ni archivo se llama «{name}»: {hint}</translation>
  </message>
  <message>
   <source>{path} is a folder; give a weights file, or an adapter folder as --adapter</source>
   <translation>{path} es una carpeta; indique un archivo de pesos, o una carpeta de adaptador como --adapter</translation>
  </message>
  <message>
   <source>there is too little memory; use a smaller model or --device cpu</source>
   <translation>no hay memoria suficiente; use un modelo más pequeño o --device cpu</translation>
  </message>
  <message>
   <source>the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models fetch {model}</source>
   <translation>los pesos de {model} ({file}) no están en {folder}; descárguelos con: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m engine.models fetch {model}</source>
   <translation>{path} tiene SHA-256 {found}…, no el publicado {published}…; sustitúyalo con: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{folder} holds no {file} ({cause}): not an adapter?</source>
   <translation>{folder} no contiene {file} ({cause}); ¿es un adaptador?</translation>
  </message>
  <message>
   <source>adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was trained on, or train it again on this one</source>
   <translation>el adaptador {folder} se entrenó con los pesos {base}…, pero {model} tiene {found}…; cargue el modelo con el que se entrenó, o entrénelo de nuevo con este</translation>
  </message>
  <message>
   <source>device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu</source>
   <translation>el dispositivo «cuda» no encuentra ninguna GPU o controlador utilizable; compruebe nvidia-smi, o use --device cpu</translation>
  </message>
  <message>
   <source>device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use --device auto or cpu</source>
   <translation>el dispositivo «cuda» necesita un torch con CUDA, y {version} no lo es; instale uno, o use --device auto o cpu</translation>
  </message>
  <message>
   <source>{path}: exists already; choose another name or overwrite</source>
   <translation>{path}: ya existe; elija otro nombre o sobrescriba</translation>
  </message>
  <message>
   <source>{path}: {names} exists already; choose another name or overwrite</source>
   <translation>{path}: {names} ya existe; elija otro nombre o sobrescriba</translation>
  </message>
  <message>
   <source>{path}: has a layer '{layer}', which exists already; choose another name or overwrite</source>
   <translation>{path}: ya tiene una capa «{layer}»; elija otro nombre o sobrescriba</translation>
  </message>
  <message>
   <source>{path}: is read by this run ({option}); it would be lost: choose another {instead}</source>
   <translation>{path}: esta ejecución lo lee ({option}) y se perdería; elija otro {instead}</translation>
  </message>
  <message>
   <source>{path}: the folder {folder} does not exist; create it first</source>
   <translation>{path}: la carpeta {folder} no existe; créela antes</translation>
  </message>
  <message>
   <source>{path}: is a folder; give another file name</source>
   <translation>{path}: es una carpeta; indique otro nombre de archivo</translation>
  </message>
  <message>
   <source>{path}: cannot write to the folder {folder} ({cause})</source>
   <translation>{path}: no se puede escribir en la carpeta {folder} ({cause})</translation>
  </message>
  <message>
   <source>{path}: could not be written ({cause})</source>
   <translation>{path}: no se pudo escribir ({cause})</translation>
  </message>
  <message>
   <source>{folder}: another run is writing this output; wait for it</source>
   <translation>{folder}: otra ejecución está escribiendo esta salida; espere a que termine</translation>
  </message>
  <message>
   <source>{folder}: holds an unfinished run; continue it with --resume, or use --overwrite</source>
   <translation>{folder}: contiene una ejecución sin terminar; continúela con --resume, o use --overwrite</translation>
  </message>
  <message>
   <source>{folder}: holds an adapter already; choose another --out, or --overwrite</source>
   <translation>{folder}: ya contiene un adaptador; elija otro --out, o --overwrite</translation>
  </message>
 </context>
</TS>
