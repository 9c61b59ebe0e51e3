<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
 <context>
  <name>ReSAM</name>
  <message>
   <source>better</source>
   <translation>besser</translation>
  </message>
  <message>
   <source>no evidence</source>
   <translation>kein Nachweis</translation>
  </message>
  <message>
   <source>worse</source>
   <translation>schlechter</translation>
  </message>
  <message>
   <source>{} is no adapter.</source>
   <translation>{} ist kein Adapter.</translation>
  </message>
  <message>
   <source>{} cannot be written: {}</source>
   <translation>{} kann nicht geschrieben werden: {}</translation>
  </message>
  <message>
   <source>Adapt to points</source>
   <translation>An Punkte anpassen</translation>
  </message>
  <message>
   <source>Trains a small adapter (LoRA) from points alone; no masks are drawn. A share of the objects is held out and measured before and after: better, no evidence, or worse. With reference polygons that is the true overlap; without, an estimate. The report shows what changed.</source>
   <translation>Trainiert einen kleinen Adapter (LoRA) allein aus Punkten; es werden keine Masken gezeichnet. Ein Teil der Objekte wird zurückgehalten und vorher und nachher gemessen: besser, kein Nachweis oder schlechter. Mit Referenzpolygonen ist das die wahre Überdeckung, sonst eine Schätzung. Der Bericht zeigt, was sich geändert hat.</translation>
  </message>
  <message>
   <source>Reference polygons, to measure with (optional)</source>
   <translation>Referenzpolygone zum Messen (optional)</translation>
  </message>
  <message>
   <source>Rasters</source>
   <translation>Raster</translation>
  </message>
  <message>
   <source>Preset</source>
   <translation>Voreinstellung</translation>
  </message>
  <message>
   <source>Stop after about this many minutes</source>
   <translation>Nach etwa dieser Zahl von Minuten aufhören</translation>
  </message>
  <message>
   <source>Share of the objects that is held out</source>
   <translation>Anteil der zurückgehaltenen Objekte</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Startwert</translation>
  </message>
  <message>
   <source>Adapter (a new folder)</source>
   <translation>Adapter (ein neuer Ordner)</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Bericht</translation>
  </message>
  <message>
   <source>Verdict</source>
   <translation>Urteil</translation>
  </message>
  <message>
   <source>Change</source>
   <translation>Änderung</translation>
  </message>
  <message>
   <source>Choose at least one raster.</source>
   <translation>Wählen Sie mindestens ein Raster.</translation>
  </message>
  <message>
   <source>The folder is not empty: {}</source>
   <translation>Der Ordner ist nicht leer: {}</translation>
  </message>
  <message>
   <source>Bands</source>
   <translation>Kanäle</translation>
  </message>
  <message>
   <source>One, or red, green and blue; if none is chosen, their colours decide</source>
   <translation>Einer, oder Rot, Grün und Blau; ist keiner gewählt, entscheiden ihre Farben</translation>
  </message>
  <message>
   <source>Let files lead to the network</source>
   <translation>Dateien dürfen ins Netz führen</translation>
  </message>
  <message>
   <source>Only if you trust whoever made them</source>
   <translation>Nur, wenn Sie ihrem Urheber vertrauen</translation>
  </message>
  <message>
   <source>Points</source>
   <translation>Punkte</translation>
  </message>
  <message>
   <source>The columns object_id, label and class are used, where there are any</source>
   <translation>Die Spalten object_id, label und class werden benutzt, wo es sie gibt</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>A model by name, or the path of a weights file</source>
   <translation>Ein Modell beim Namen oder der Pfad einer Gewichtsdatei</translation>
  </message>
  <message>
   <source>Raster</source>
   <translation>Raster</translation>
  </message>
  <message>
   <source>Adapter</source>
   <translation>Adapter</translation>
  </message>
  <message>
   <source>One of yours by name, or the path of its folder; it must fit the model</source>
   <translation>Einer der Ihren beim Namen, oder der Pfad seines Ordners; er muss zum Modell passen</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>Gerät</translation>
  </message>
  <message>
   <source>Arithmetic precision</source>
   <translation>Rechengenauigkeit</translation>
  </message>
  <message>
   <source>Choose one band, or three.</source>
   <translation>Wählen Sie einen Kanal oder drei.</translation>
  </message>
  <message>
   <source>if you trust whoever made it, check “{}” among the advanced parameters</source>
   <translation>wenn Sie ihrem Urheber vertrauen, haken Sie „{}“ bei den erweiterten Parametern an</translation>
  </message>
  <message>
   <source>The engine's result cannot be read: {}</source>
   <translation>Das Ergebnis kann nicht gelesen werden: {}</translation>
  </message>
  <message>
   <source>The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).</source>
   <translation>Der Layer „{}“ ist keine Datei: speichern Sie ihn zuerst als GeoTIFF (Export ▸ Speichern als…).</translation>
  </message>
  <message>
   <source>Encode raster</source>
   <translation>Raster vorab einlesen</translation>
  </message>
  <message>
   <source>Computes what the model needs to know of a raster and keeps it on disk, so that later clicks are answered at once. With points, only the ground around them. The oldest entries go first when the limit is reached.</source>
   <translation>Berechnet, was das Modell von einem Raster wissen muss, und behält es auf der Platte, sodass spätere Klicks sofort beantwortet werden. Mit Punkten nur den Boden um sie herum. Ist die Grenze erreicht, gehen die ältesten Einträge zuerst.</translation>
  </message>
  <message>
   <source>Most that is kept (GB)</source>
   <translation>Höchstens behalten (GB)</translation>
  </message>
  <message>
   <source>Evaluate against reference polygons</source>
   <translation>Mit Referenzpolygonen vergleichen</translation>
  </message>
  <message>
   <source>Segments the points and compares every polygon with the reference polygon that holds its point: mean IoU with its 95 % interval, F1, and how many objects were missed.</source>
   <translation>Segmentiert die Punkte und vergleicht jedes Polygon mit dem Referenzpolygon um seinen Punkt: mittlere IoU mit 95-%-Intervall, F1 und wie viele Objekte fehlen.</translation>
  </message>
  <message>
   <source>Reference polygons</source>
   <translation>Referenzpolygone</translation>
  </message>
  <message>
   <source>Mean IoU</source>
   <translation>Mittlere IoU</translation>
  </message>
  <message>
   <source>Mean F1</source>
   <translation>Mittlere F1</translation>
  </message>
  <message>
   <source>Objects</source>
   <translation>Objekte</translation>
  </message>
  <message>
   <source>Find all like these</source>
   <translation>Alle finden, die so aussehen</translation>
  </message>
  <message>
   <source>Click a few objects of one kind, five to twenty if you can, and all others of the raster come back as polygons, each with the probability that it is right. Polygons that stand come back as they were; those with status rejected stay away. A column class tells several kinds apart.</source>
   <translation>Klicken Sie einige Objekte einer Art an, wenn möglich fünf bis zwanzig, und alle anderen des Rasters kommen als Polygone zurück, jedes mit der Wahrscheinlichkeit, dass es stimmt. Polygone, die feststehen, kommen unverändert zurück; solche mit dem Status rejected bleiben weg. Eine Spalte class unterscheidet mehrere Arten.</translation>
  </message>
  <message>
   <source>Found</source>
   <translation>Gefunden</translation>
  </message>
  <message>
   <source>Look in these polygons</source>
   <translation>In diesen Polygonen suchen</translation>
  </message>
  <message>
   <source>Leave out lower scores</source>
   <translation>Niedrigere Bewertungen weglassen</translation>
  </message>
  <message>
   <source>At most that many, the best</source>
   <translation>Höchstens so viele, die besten</translation>
  </message>
  <message>
   <source>Continue a run that was stopped</source>
   <translation>Einen abgebrochenen Lauf fortsetzen</translation>
  </message>
  <message>
   <source>Polygons of such objects, or an earlier output</source>
   <translation>Polygone solcher Objekte oder eine frühere Ausgabe</translation>
  </message>
  <message>
   <source>Points or polygons of what is no such object</source>
   <translation>Punkte oder Polygone von dem, was kein solches Objekt ist</translation>
  </message>
  <message>
   <source>Adapt the model to the points first</source>
   <translation>Das Modell zuerst an die Punkte anpassen</translation>
  </message>
  <message>
   <source>Give points, or polygons, of some objects to find others like them.</source>
   <translation>Geben Sie Punkte oder Polygone einiger Objekte an, um andere wie sie zu finden.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>keiner</translation>
  </message>
  <message>
   <source>Segment everything</source>
   <translation>Alles segmentieren</translation>
  </message>
  <message>
   <source>Outlines every distinct object of an area, whatever it is. The score is the IoU with the true outline to expect. To find one kind of object, use “Find all like these”.</source>
   <translation>Umreißt jedes eigenständige Objekt eines Gebiets, was immer es ist. Die Bewertung ist die zu erwartende IoU mit dem wahren Umriss. Um eine Art von Objekt zu finden, nehmen Sie „Alle finden, die so aussehen“.</translation>
  </message>
  <message>
   <source>objects</source>
   <translation>Objekte</translation>
  </message>
  <message>
   <source>Segment points</source>
   <translation>Punkte segmentieren</translation>
  </message>
  <message>
   <source>Finds the object under every point and returns its outline, with a score. Points with the same object_id belong to one object; label 0 excludes. Other columns travel along. Objects that were not found are rows without geometry that say why.</source>
   <translation>Findet das Objekt unter jedem Punkt und gibt seinen Umriss mit einer Bewertung zurück. Punkte mit derselben object_id gehören zu einem Objekt; label 0 schließt aus. Andere Spalten reisen mit. Objekte, die nicht gefunden wurden, sind Zeilen ohne Geometrie, die sagen, warum.</translation>
  </message>
  <message>
   <source>Refine the first mask</source>
   <translation>Erste Maske bereinigen</translation>
  </message>
  <message>
   <source>Ask again with the refined mask's box</source>
   <translation>Mit dem Rahmen der bereinigten Maske erneut fragen</translation>
  </message>
  <message>
   <source>Look again at small and large objects, finer and coarser</source>
   <translation>Kleine und große Objekte feiner und gröber noch einmal ansehen</translation>
  </message>
  <message>
   <source>Look at everything turned by half, too: better from one click, twice as long</source>
   <translation>Alles auch um 180° gedreht ansehen: bei einem Klick besser, dauert doppelt so lange</translation>
  </message>
  <message>
   <source>The project has no map theme “{}” with layers.</source>
   <translation>Das Projekt hat kein Kartenthema „{}“ mit Layern.</translation>
  </message>
  <message>
   <source>Shape of the polygons</source>
   <translation>Form der Polygone</translation>
  </message>
  <message>
   <source>Simplify (pixels)</source>
   <translation>Vereinfachen (Pixel)</translation>
  </message>
  <message>
   <source>Reject smaller ones (m²)</source>
   <translation>Kleinere verwerfen (m²)</translation>
  </message>
  <message>
   <source>Close gaps between neighbours (pixels)</source>
   <translation>Lücken zwischen Nachbarn schließen (Pixel)</translation>
  </message>
  <message>
   <source>Let polygons share area</source>
   <translation>Polygone dürfen sich überlappen</translation>
  </message>
  <message>
   <source>Only points in this extent</source>
   <translation>Nur Punkte in dieser Ausdehnung</translation>
  </message>
  <message>
   <source>Only points in the extent of this map theme's layers</source>
   <translation>Nur Punkte in der Ausdehnung der Layer dieses Kartenthemas</translation>
  </message>
  <message>
   <source>Segments</source>
   <translation>Segmente</translation>
  </message>
  <message>
   <source>Give an extent or a map theme, not both.</source>
   <translation>Entweder eine Ausdehnung oder ein Kartenthema angeben, nicht beides.</translation>
  </message>
  <message>
   <source>Suggest where to click next</source>
   <translation>Vorschlagen, wo als Nächstes zu klicken ist</translation>
  </message>
  <message>
   <source>Around the points so far, looks for places that resemble the clicked objects and of which the model is unsure, and for clicked objects that it gets differently each time. Best first, by expected gain.</source>
   <translation>Sucht um die bisherigen Punkte nach Stellen, die den angeklickten Objekten gleichen und bei denen das Modell unsicher ist, und nach angeklickten Objekten, die es jedes Mal anders sieht. Die besten zuerst, nach erwartetem Gewinn.</translation>
  </message>
  <message>
   <source>How many places</source>
   <translation>Wie viele Stellen</translation>
  </message>
  <message>
   <source>Suggestions</source>
   <translation>Vorschläge</translation>
  </message>
  <message>
   <source>Remove the environment? Adapters and settings stay.</source>
   <translation>Umgebung entfernen? Adapter und Einstellungen bleiben.</translation>
  </message>
  <message>
   <source>{}

Download Python {} (about {} MB) into {}? Nothing else on this machine changes.</source>
   <translation>{}

Python {} (etwa {} MB) nach {} herunterladen? Sonst ändert sich auf diesem Rechner nichts.</translation>
  </message>
  <message>
   <source>Removed.</source>
   <translation>Entfernt.</translation>
  </message>
  <message>
   <source>ReSAM: environment</source>
   <translation>ReSAM: Umgebung</translation>
  </message>
  <message>
   <source>For the processor (works everywhere)</source>
   <translation>Für den Prozessor (geht überall)</translation>
  </message>
  <message>
   <source>For an NVIDIA GPU (CUDA)</source>
   <translation>Für eine NVIDIA-GPU (CUDA)</translation>
  </message>
  <message>
   <source>A Python of my own that has the packages</source>
   <translation>Ein eigenes Python, das die Pakete hat</translation>
  </message>
  <message>
   <source>Folder of wheels, to install without a network (optional)</source>
   <translation>Ordner mit Wheels, zum Installieren ohne Netz (optional)</translation>
  </message>
  <message>
   <source>Address of an index with PyTorch's CUDA build and its hashes</source>
   <translation>Adresse eines Index mit PyTorchs CUDA-Fassung und ihren Prüfsummen</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Open the sample scene</source>
   <translation>Beispielszene öffnen</translation>
  </message>
  <message>
   <source>Copied. Passwords and keys are left out.</source>
   <translation>Kopiert. Passwörter und Schlüssel sind weggelassen.</translation>
  </message>
  <message>
   <source>Some files could not be removed: delete {} when QGIS is closed.</source>
   <translation>Einige Dateien ließen sich nicht entfernen: löschen Sie {}, wenn QGIS geschlossen ist.</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <translation>Abgebrochen; was heruntergeladen wurde, bleibt.</translation>
  </message>
  <message>
   <source>This Python cannot run the engine: {}</source>
   <translation>Dieses Python kann die Berechnung nicht ausführen: {}</translation>
  </message>
  <message>
   <source>The engine needs a Python environment of its own. QGIS itself is not changed.</source>
   <translation>Die Berechnung braucht eine eigene Python-Umgebung. QGIS selbst wird nicht verändert.</translation>
  </message>
  <message>
   <source>Takes {needed:g} GB of {free:.0f} GB free in {place}</source>
   <translation>Braucht {needed:g} GB von {free:.0f} GB frei in {place}</translation>
  </message>
  <message>
   <source>Use it</source>
   <translation>Benutzen</translation>
  </message>
  <message>
   <source>Set up</source>
   <translation>Einrichten</translation>
  </message>
  <message>
   <source>Testing…</source>
   <translation>Wird geprüft …</translation>
  </message>
  <message>
   <source>Stopping…</source>
   <translation>Wird angehalten…</translation>
  </message>
  <message>
   <source>Step {} of {}: {}</source>
   <translation>Schritt {} von {}: {}</translation>
  </message>
  <message>
   <source>It works; it is used from now on.</source>
   <translation>Es funktioniert und wird ab jetzt benutzt.</translation>
  </message>
  <message>
   <source>The GPU cannot be used: {}

Set up for the processor instead?</source>
   <translation>Die GPU kann nicht benutzt werden: {}

Stattdessen für den Prozessor einrichten?</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Reparieren</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Copy diagnostics</source>
   <translation>Diagnose kopieren</translation>
  </message>
  <message>
   <source>Folder of wheels</source>
   <translation>Ordner mit Wheels</translation>
  </message>
  <message>
   <source>Python</source>
   <translation>Python</translation>
  </message>
  <message>
   <source>In use: {}</source>
   <translation>In Gebrauch: {}</translation>
  </message>
  <message>
   <source>Name the index that offers PyTorch's CUDA build for this system.</source>
   <translation>Nennen Sie den Index, der PyTorchs CUDA-Fassung für dieses System anbietet.</translation>
  </message>
  <message>
   <source>Ready: click the first object.</source>
   <translation>Fertig: klicken Sie das erste Objekt an.</translation>
  </message>
  <message>
   <source>No such folder: {}</source>
   <translation>Kein solcher Ordner: {}</translation>
  </message>
  <message>
   <source>Name the program of that Python: “{}” is no file.</source>
   <translation>Nennen Sie das Programm dieses Python: „{}“ ist keine Datei.</translation>
  </message>
  <message>
   <source>The environment is ready ({}).</source>
   <translation>Die Umgebung ist bereit ({}).</translation>
  </message>
  <message>
   <source>if you trust whoever made it, click on it and press “Allow”, then try the run again</source>
   <translation>wenn Sie ihrem Urheber vertrauen, klicken Sie auf das Bild und drücken Sie „Erlauben“; starten Sie dann den Lauf erneut</translation>
  </message>
  <message>
   <source>ReSAM: {}</source>
   <translation>ReSAM: {}</translation>
  </message>
  <message>
   <source>{} cannot be written.</source>
   <translation>{} kann nicht geschrieben werden.</translation>
  </message>
  <message>
   <source>Another QGIS is setting up the environment: wait for it.</source>
   <translation>Ein anderes QGIS richtet die Umgebung gerade ein: Warten Sie darauf.</translation>
  </message>
  <message>
   <source>Copied.</source>
   <translation>Kopiert.</translation>
  </message>
  <message>
   <source>Accept some objects first.</source>
   <translation>Nehmen Sie zuerst einige Objekte an.</translation>
  </message>
  <message>
   <source>Its polygon was not saved.</source>
   <translation>Sein Polygon wurde nicht gespeichert.</translation>
  </message>
  <message>
   <source>There is no polygon to accept: click an object first.</source>
   <translation>Es gibt kein Polygon zum Annehmen: klicken Sie zuerst ein Objekt an.</translation>
  </message>
  <message>
   <source>What you had clicked before is at hand again.</source>
   <translation>Was Sie vorher geklickt hatten, ist wieder in Arbeit.</translation>
  </message>
  <message>
   <source>Choose the layer that takes the polygons.</source>
   <translation>Wählen Sie den Layer für die Polygone.</translation>
  </message>
  <message>
   <source>The last object was taken back.</source>
   <translation>Das letzte Objekt wurde zurückgenommen.</translation>
  </message>
  <message>
   <source>Fetching a picture of the layer “{}”…</source>
   <translation>Ein Bild des Layers „{}“ wird geholt…</translation>
  </message>
  <message>
   <source>Nothing was found there: {}</source>
   <translation>Dort wurde nichts gefunden: {}</translation>
  </message>
  <message>
   <source>{} exists and holds: {}. Add a layer for the polygons? What it holds stays as it is.</source>
   <translation>{} gibt es schon, mit: {}. Einen Layer für die Polygone hinzufügen? Was darin ist, bleibt unverändert.</translation>
  </message>
  <message>
   <source>ReSAM</source>
   <translation>ReSAM</translation>
  </message>
  <message>
   <source>Click</source>
   <translation>Klicken</translation>
  </message>
  <message>
   <source>The polygons go to the scratch layer “{}”: save it before you close the project.</source>
   <translation>Die Polygone gehen in den temporären Layer „{}“: speichern Sie ihn, bevor Sie das Projekt schließen.</translation>
  </message>
  <message>
   <source>Download the weights of this model</source>
   <translation>Gewichte dieses Modells herunterladen</translation>
  </message>
  <message>
   <source>New scratch layer</source>
   <translation>Neuer temporärer Layer</translation>
  </message>
  <message>
   <source>Make a layer for the polygons in a GeoPackage, new or there</source>
   <translation>Einen Layer für die Polygone in einem neuen oder vorhandenen GeoPackage anlegen</translation>
  </message>
  <message>
   <source>Polygons go to</source>
   <translation>Polygone kommen nach</translation>
  </message>
  <message>
   <source>Class</source>
   <translation>Klasse</translation>
  </message>
  <message>
   <source>How far outlines may move when vertices go, in pixels</source>
   <translation>Wie weit Umrisse beim Vereinfachen wandern dürfen, in Pixeln</translation>
  </message>
  <message>
   <source>Simplify</source>
   <translation>Vereinfachen</translation>
  </message>
  <message>
   <source>Shape</source>
   <translation>Form</translation>
  </message>
  <message>
   <source>Preview under the mouse</source>
   <translation>Vorschau unter der Maus</translation>
  </message>
  <message>
   <source>Click objects</source>
   <translation>Objekte anklicken</translation>
  </message>
  <message>
   <source>Accept (Enter)</source>
   <translation>Annehmen (Enter)</translation>
  </message>
  <message>
   <source>Undo (⌫)</source>
   <translation>Zurück (⌫)</translation>
  </message>
  <message>
   <source>Clear (Esc)</source>
   <translation>Leeren (Esc)</translation>
  </message>
  <message>
   <source>Copy as command</source>
   <translation>Als Befehl kopieren</translation>
  </message>
  <message>
   <source>The same segmentation of your clicks, for a terminal</source>
   <translation>Dieselbe Segmentierung Ihrer Klicks für ein Terminal</translation>
  </message>
  <message>
   <source>Add layer</source>
   <translation>Layer hinzufügen</translation>
  </message>
  <message>
   <source>Looking…</source>
   <translation>Suche…</translation>
  </message>
  <message>
   <source>Tab or Shift and wheel: other masks. Space pans.</source>
   <translation>Tab oder Umschalt und Rad: andere Masken. Leertaste verschiebt.</translation>
  </message>
  <message>
   <source>Choose a raster layer first.</source>
   <translation>Wählen Sie zuerst einen Rasterlayer.</translation>
  </message>
  <message>
   <source>Click an object.</source>
   <translation>Klicken Sie ein Objekt an.</translation>
  </message>
  <message>
   <source>Left click adds, right click or Shift excludes, dragging draws a box.</source>
   <translation>Linksklick fügt hinzu, Rechtsklick oder Umschalt schließt aus, Ziehen zeichnet einen Rahmen.</translation>
  </message>
  <message>
   <source>about {:.1f} s a click on this machine</source>
   <translation>etwa {:.1f} s je Klick auf diesem Rechner</translation>
  </message>
  <message>
   <source>Score {score:.2f}, {area:.0f} m²</source>
   <translation>Bewertung {score:.2f}, {area:.0f} m²</translation>
  </message>
  <message>
   <source>{} objects are waiting.</source>
   <translation>{} Objekte warten.</translation>
  </message>
  <message>
   <source>Downloading {}…</source>
   <translation>{} wird heruntergeladen…</translation>
  </message>
  <message>
   <source>ReSAM: download {}</source>
   <translation>ReSAM: {} herunterladen</translation>
  </message>
  <message>
   <source>{} is ready.</source>
   <translation>{} ist bereit.</translation>
  </message>
  <message>
   <source>There is no polygon of the layer “{}” here.</source>
   <translation>Hier ist kein Polygon des Layers „{}“.</translation>
  </message>
  <message>
   <source>Click what belongs to it or does not, then accept.</source>
   <translation>Klicken Sie an, was dazugehört oder nicht, und nehmen Sie dann an.</translation>
  </message>
  <message>
   <source>This polygon has no holes.</source>
   <translation>Dieses Polygon hat keine Löcher.</translation>
  </message>
  <message>
   <source>This polygon has one part only.</source>
   <translation>Dieses Polygon hat nur einen Teil.</translation>
  </message>
  <message>
   <source>Enter writes it, Esc forgets it.</source>
   <translation>Enter schreibt es, Esc verwirft es.</translation>
  </message>
  <message>
   <source>Click the polygon that you want to refine.</source>
   <translation>Klicken Sie auf das Polygon, das Sie verfeinern wollen.</translation>
  </message>
  <message>
   <source>Click the polygon whose holes you want to fill.</source>
   <translation>Klicken Sie auf das Polygon, dessen Löcher Sie füllen wollen.</translation>
  </message>
  <message>
   <source>Click the polygon of which you want the largest part alone.</source>
   <translation>Klicken Sie auf das Polygon, von dem nur der größte Teil bleiben soll.</translation>
  </message>
  <message>
   <source>Click the polygons that are one object; the columns of the first are kept.</source>
   <translation>Klicken Sie auf die Polygone, die ein Objekt sind; die Spalten des ersten bleiben.</translation>
  </message>
  <message>
   <source>Click on one side of a polygon, then on the other: the line between splits it.</source>
   <translation>Klicken Sie auf der einen Seite eines Polygons, dann auf der anderen: Die Linie dazwischen teilt es.</translation>
  </message>
  <message>
   <source>Choose the layer whose polygons you want to edit.</source>
   <translation>Wählen Sie den Layer, dessen Polygone Sie bearbeiten wollen.</translation>
  </message>
  <message>
   <source>Nothing to write: click a polygon first.</source>
   <translation>Nichts zu schreiben: Klicken Sie zuerst auf ein Polygon.</translation>
  </message>
  <message>
   <source>The line crosses no polygon from side to side.</source>
   <translation>Die Linie durchquert kein Polygon ganz.</translation>
  </message>
  <message>
   <source>Edit segments</source>
   <translation>Segmente bearbeiten</translation>
  </message>
  <message>
   <source>The layer “{}” refused the change.</source>
   <translation>Der Layer „{}“ hat die Änderung abgelehnt.</translation>
  </message>
  <message>
   <source>The layer that takes the polygons is gone.</source>
   <translation>Der Layer, der die Polygone aufnimmt, ist nicht mehr da.</translation>
  </message>
  <message>
   <source>{} cannot be read.</source>
   <translation>{} kann nicht gelesen werden.</translation>
  </message>
  <message>
   <source>Add finds</source>
   <translation>Funde hinzufügen</translation>
  </message>
  <message>
   <source>{}: found</source>
   <translation>{}: gefunden</translation>
  </message>
  <message>
   <source>The layer “{}” refused the polygon.</source>
   <translation>Der Layer „{}“ hat das Polygon abgelehnt.</translation>
  </message>
  <message>
   <source>Accept an object of class “{}” first: then the view shows what looks like it.</source>
   <translation>Nehmen Sie zuerst ein Objekt der Klasse „{}“ an: Dann zeigt der Ausschnitt, was ihm ähnlich sieht.</translation>
  </message>
  <message>
   <source>Likeness is shown on rasters with a file alone.</source>
   <translation>Ähnlichkeit wird nur auf Rastern mit einer Datei gezeigt.</translation>
  </message>
  <message>
   <source>Accept an object first: then the view shows what looks like it.</source>
   <translation>Nehmen Sie zuerst ein Objekt an: Dann zeigt der Ausschnitt, was ihm ähnlich sieht.</translation>
  </message>
  <message>
   <source>At this scale the objects are too small to compare: zoom in.</source>
   <translation>In diesem Maßstab sind die Objekte zu klein für einen Vergleich: Zoomen Sie hinein.</translation>
  </message>
  <message>
   <source>Undone in the layer “{}”: {}</source>
   <translation>Rückgängig gemacht im Layer „{}“: {}</translation>
  </message>
  <message>
   <source>The last change of the layer “{}” is your own: undo it in QGIS.</source>
   <translation>Die letzte Änderung des Layers „{}“ ist Ihre eigene: Machen Sie sie in QGIS rückgängig.</translation>
  </message>
  <message>
   <source>Stopped before there was a polygon.</source>
   <translation>Angehalten, bevor es ein Polygon gab.</translation>
  </message>
  <message>
   <source>QGIS ended unexpectedly. The clicks of {} objects and those at hand are back.</source>
   <translation>QGIS wurde unerwartet beendet. Die Klicks von {} Objekten und die laufenden sind wieder da.</translation>
  </message>
  <message>
   <source>The project's adapter “{}” is not in the list: import it on the page “Adapt”.</source>
   <translation>Der Adapter „{}“ des Projekts ist nicht in der Liste: Importieren Sie ihn auf der Seite „Anpassen“.</translation>
  </message>
  <message>
   <source>{} polygons were not saved (crosses): Enter finds them again, Esc forgets them.</source>
   <translation>{} Polygone waren nicht gespeichert (Kreuze): Enter sucht sie noch einmal, Esc verwirft sie.</translation>
  </message>
  <message>
   <source>Polygons of the layer “{}” cover the object, and the project avoids overlaps.</source>
   <translation>Polygone des Layers „{}“ bedecken das Objekt, und das Projekt vermeidet Überlappungen.</translation>
  </message>
  <message>
   <source>The layer “{}” does not take the polygon: its column “{}” must hold something else ({}).</source>
   <translation>Der Layer „{}“ nimmt das Polygon nicht: seine Spalte „{}“ muss etwas anderes enthalten ({}).</translation>
  </message>
  <message>
   <source>The polygon cannot be placed in the CRS of the layer “{}”.</source>
   <translation>Das Polygon hat im KBS des Layers „{}“ keinen Ort.</translation>
  </message>
  <message>
   <source>The layer “{}” is broken: repair its data source first.</source>
   <translation>Der Layer „{}“ ist defekt: reparieren Sie zuerst seine Datenquelle.</translation>
  </message>
  <message>
   <source>The layer “{}” was set to the CRS {}, but its file states {}: set the layer to that of the file, or correct the file (Raster ▸ Projections ▸ Assign Projection…).</source>
   <translation>Der Layer „{}“ wurde auf das KBS {} gesetzt, seine Datei nennt aber {}: setzen Sie den Layer auf das der Datei, oder berichtigen Sie die Datei (Raster ▸ Projektionen ▸ Projektion zuweisen…).</translation>
  </message>
  <message>
   <source>The files of these rasters state no CRS, and their layers have several ({}): choose those of one.</source>
   <translation>Die Dateien dieser Raster nennen kein KBS, und ihre Layer haben mehrere ({}): wählen Sie die von einem.</translation>
  </message>
  <message>
   <source>The layer “{}” has another CRS than its file: save it as a new file, and choose that one.</source>
   <translation>Der Layer „{}“ hat ein anderes KBS als seine Datei: speichern Sie ihn als neue Datei, und wählen Sie diese.</translation>
  </message>
  <message>
   <source>Save the layer “{}” to a file first, without filter or unsaved edits.</source>
   <translation>Speichern Sie den Layer „{}“ zuerst in eine Datei, ohne Filter und ungespeicherte Änderungen.</translation>
  </message>
  <message>
   <source>This place does not exist in the CRS of the raster.</source>
   <translation>Diesen Ort gibt es im KBS des Rasters nicht.</translation>
  </message>
  <message>
   <source>The layer “{}” has no CRS: set one in its properties.</source>
   <translation>Der Layer „{}“ hat kein KBS: legen Sie eines in seinen Eigenschaften fest.</translation>
  </message>
  <message>
   <source>{:.1f} of about {:.1f} GB, {} so far</source>
   <translation>{:.1f} von etwa {:.1f} GB, bisher {}</translation>
  </message>
  <message>
   <source>about {} left</source>
   <translation>noch etwa {}</translation>
  </message>
  <message>
   <source>Add segment</source>
   <translation>Segment hinzufügen</translation>
  </message>
  <message>
   <source>Change segment</source>
   <translation>Segment ändern</translation>
  </message>
  <message>
   <source>The column “{}” of the layer “{}” does not take “{}”: change the values of the class.</source>
   <translation>Die Spalte „{}“ des Layers „{}“ nimmt „{}“ nicht an: Ändern Sie die Werte der Klasse.</translation>
  </message>
  <message>
   <source>{} exists already.</source>
   <translation>{} gibt es schon.</translation>
  </message>
  <message>
   <source>{} is no GeoPackage: choose another name.</source>
   <translation>{} ist kein GeoPackage: wählen Sie einen anderen Namen.</translation>
  </message>
  <message>
   <source>The polygon is no longer in the layer “{}”.</source>
   <translation>Das Polygon ist nicht mehr im Layer „{}“.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot be edited.</source>
   <translation>Der Layer „{}“ kann nicht bearbeitet werden.</translation>
  </message>
  <message>
   <source>none: estimate from the clicks</source>
   <translation>keine: aus den Klicks schätzen</translation>
  </message>
  <message>
   <source>Starting…</source>
   <translation>Wird gestartet…</translation>
  </message>
  <message>
   <source>ReSAM: adapt to points</source>
   <translation>ReSAM: an Punkte anpassen</translation>
  </message>
  <message>
   <source>Export adapter</source>
   <translation>Adapter exportieren</translation>
  </message>
  <message>
   <source>Import adapter</source>
   <translation>Adapter importieren</translation>
  </message>
  <message>
   <source>Clicks so far</source>
   <translation>Bisherige Klicks</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>Lernen von</translation>
  </message>
  <message>
   <source>Measure with</source>
   <translation>Messen mit</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>automatisch</translation>
  </message>
  <message>
   <source>Minutes</source>
   <translation>Minuten</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>Verlust</translation>
  </message>
  <message>
   <source>{} objects</source>
   <translation>{} Objekte</translation>
  </message>
  <message>
   <source>Choose an adapter on the first page.</source>
   <translation>Wählen Sie auf der ersten Seite einen Adapter.</translation>
  </message>
  <message>
   <source>Exported.</source>
   <translation>Exportiert.</translation>
  </message>
  <message>
   <source>Imported.</source>
   <translation>Importiert.</translation>
  </message>
  <message>
   <source>Remove the adapter “{}” for good?</source>
   <translation>Den Adapter „{}“ endgültig entfernen?</translation>
  </message>
  <message>
   <source>Adapt to these points</source>
   <translation>An diese Punkte anpassen</translation>
  </message>
  <message>
   <source>Remove adapter</source>
   <translation>Adapter entfernen</translation>
  </message>
  <message>
   <source>Learned; measuring the objects held out…</source>
   <translation>Gelernt; die zurückgehaltenen Objekte werden gemessen …</translation>
  </message>
  <message>
   <source>about {} s on two cores</source>
   <translation>etwa {} s auf zwei Kernen</translation>
  </message>
  <message>
   <source>click at least {} first</source>
   <translation>klicken Sie zuerst mindestens {} an</translation>
  </message>
  <message>
   <source>Current view</source>
   <translation>Aktueller Ausschnitt</translation>
  </message>
  <message>
   <source>Rectangle on the map</source>
   <translation>Rechteck auf der Karte</translation>
  </message>
  <message>
   <source>Polygons of a layer</source>
   <translation>Polygone eines Layers</translation>
  </message>
  <message>
   <source>Whole raster</source>
   <translation>Ganzes Raster</translation>
  </message>
  <message>
   <source>Draw the rectangle</source>
   <translation>Rechteck zeichnen</translation>
  </message>
  <message>
   <source>Choose the layer of polygons to look in.</source>
   <translation>Wählen Sie den Layer mit den Polygonen, in denen gesucht wird.</translation>
  </message>
  <message>
   <source>The area has no place in the CRS of the raster.</source>
   <translation>Das Gebiet hat im KBS des Rasters keinen Ort.</translation>
  </message>
  <message>
   <source>Draw the rectangle first.</source>
   <translation>Zeichnen Sie zuerst das Rechteck.</translation>
  </message>
  <message>
   <source>The area lies beside the raster “{}”.</source>
   <translation>Das Gebiet liegt neben dem Raster „{}“.</translation>
  </message>
  <message>
   <source>The layer “{}” holds no polygon.</source>
   <translation>Der Layer „{}“ enthält kein Polygon.</translation>
  </message>
  <message>
   <source>Choose one band, or three: until then they are chosen by their colours.</source>
   <translation>Wählen Sie einen Kanal oder drei: bis dahin werden sie nach ihren Farben gewählt.</translation>
  </message>
  <message>
   <source>reads red, green and blue by their colours</source>
   <translation>liest Rot, Grün und Blau nach ihren Farben</translation>
  </message>
  <message>
   <source>auto</source>
   <translation>auto</translation>
  </message>
  <message>
   <source>as shown</source>
   <translation>wie angezeigt</translation>
  </message>
  <message>
   <source>reads bands {} as shown, stretched by ReSAM</source>
   <translation>liest die Bänder {} wie angezeigt, von ReSAM gestreckt</translation>
  </message>
  <message>
   <source>reads bands {}, stretched by ReSAM</source>
   <translation>liest die Bänder {}, von ReSAM gestreckt</translation>
  </message>
  <message>
   <source>One merged layer besides</source>
   <translation>Dazu ein gemeinsamer Layer</translation>
  </message>
  <message>
   <source>Folder of rasters</source>
   <translation>Ordner mit Rastern</translation>
  </message>
  <message>
   <source>waits</source>
   <translation>wartet</translation>
  </message>
  <message>
   <source>runs</source>
   <translation>läuft</translation>
  </message>
  <message>
   <source>done</source>
   <translation>fertig</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>fehlgeschlagen</translation>
  </message>
  <message>
   <source>Add to the queue</source>
   <translation>In die Warteschlange</translation>
  </message>
  <message>
   <source>The selected runs, or those that are done</source>
   <translation>Die gewählten Läufe, oder die fertigen</translation>
  </message>
  <message>
   <source>Check at least one raster and one layer of points.</source>
   <translation>Mindestens ein Raster und einen Punktlayer ankreuzen.</translation>
  </message>
  <message>
   <source>Choose a folder that is there for the results.</source>
   <translation>Für die Ergebnisse einen vorhandenen Ordner wählen.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Fortsetzen</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Try again</source>
   <translation>Nochmals versuchen</translation>
  </message>
  <message>
   <source>Results go to</source>
   <translation>Ergebnisse nach</translation>
  </message>
  <message>
   <source>{} of {} done</source>
   <translation>{} von {} fertig</translation>
  </message>
  <message>
   <source>{} holds no rasters.</source>
   <translation>{} enthält keine Raster.</translation>
  </message>
  <message>
   <source>Held-out objects whose outlines changed most: before above, after below</source>
   <translation>Zurückgehaltene Objekte, deren Umrisse sich am meisten änderten: oben vorher, unten nachher</translation>
  </message>
  <message>
   <source>Colour of the class</source>
   <translation>Farbe der Klasse</translation>
  </message>
  <message>
   <source>Colour…</source>
   <translation>Farbe …</translation>
  </message>
  <message>
   <source>Values…</source>
   <translation>Werte …</translation>
  </message>
  <message>
   <source>What every polygon of this class gets in other columns</source>
   <translation>Was jedes Polygon dieser Klasse in anderen Spalten bekommt</translation>
  </message>
  <message>
   <source>Take the class out of the list; its polygons stay</source>
   <translation>Die Klasse aus der Liste nehmen; ihre Polygone bleiben</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>Nach Klasse</translation>
  </message>
  <message>
   <source>By score</source>
   <translation>Nach Wert</translation>
  </message>
  <message>
   <source>Colour the polygons by class</source>
   <translation>Die Polygone nach Klasse färben</translation>
  </message>
  <message>
   <source>Colour the polygons by score</source>
   <translation>Die Polygone nach Wert färben</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Taste</translation>
  </message>
  <message>
   <source>Count</source>
   <translation>Anzahl</translation>
  </message>
  <message>
   <source>Area</source>
   <translation>Fläche</translation>
  </message>
  <message>
   <source>Refine</source>
   <translation>Verfeinern</translation>
  </message>
  <message>
   <source>Refine a polygon of the layer with more clicks</source>
   <translation>Ein Polygon des Layers mit weiteren Klicks verfeinern</translation>
  </message>
  <message>
   <source>Fill</source>
   <translation>Füllen</translation>
  </message>
  <message>
   <source>Fill the holes of a polygon</source>
   <translation>Die Löcher eines Polygons füllen</translation>
  </message>
  <message>
   <source>Largest</source>
   <translation>Größter Teil</translation>
  </message>
  <message>
   <source>Keep the largest part of a polygon alone</source>
   <translation>Nur den größten Teil eines Polygons behalten</translation>
  </message>
  <message>
   <source>Merge</source>
   <translation>Verbinden</translation>
  </message>
  <message>
   <source>Make one polygon of several</source>
   <translation>Aus mehreren Polygonen eines machen</translation>
  </message>
  <message>
   <source>Split</source>
   <translation>Teilen</translation>
  </message>
  <message>
   <source>Split polygons by a line between two clicks</source>
   <translation>Polygone mit einer Linie zwischen zwei Klicks teilen</translation>
  </message>
  <message>
   <source>ReSAM: find all like these</source>
   <translation>ReSAM: alle finden, die so aussehen</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>Beispiele</translation>
  </message>
  <message>
   <source>Look in</source>
   <translation>Suchen in</translation>
  </message>
  <message>
   <source>click and accept some first</source>
   <translation>zuerst einige anklicken und annehmen</translation>
  </message>
  <message>
   <source>Find again</source>
   <translation>Erneut suchen</translation>
  </message>
  <message>
   <source>{:.1f} megapixels, about {}</source>
   <translation>{:.1f} Megapixel, etwa {}</translation>
  </message>
  <message>
   <source>{:.1f} megapixels; how long this model takes is not known yet</source>
   <translation>{:.1f} Megapixel; wie lange dieses Modell braucht, ist noch nicht bekannt</translation>
  </message>
  <message>
   <source>The raster that was searched is gone.</source>
   <translation>Das Raster, in dem gesucht wurde, ist nicht mehr da.</translation>
  </message>
  <message>
   <source>The {} finds that were outlined until then are kept.</source>
   <translation>Die {} Funde, die bis dahin umrissen waren, bleiben.</translation>
  </message>
  <message>
   <source>{} rejected</source>
   <translation>{} abgelehnt</translation>
  </message>
  <message>
   <source>Nothing else like these was found.</source>
   <translation>Sonst wurde nichts gefunden, was so aussieht.</translation>
  </message>
  <message>
   <source>{} or more make scores surer</source>
   <translation>ab {} werden die Bewertungen sicherer</translation>
  </message>
  <message>
   <source>Found {}.</source>
   <translation>{} gefunden.</translation>
  </message>
  <message>
   <source>Finds of a lower score are hidden; nothing is searched for again.</source>
   <translation>Funde mit niedrigerer Bewertung werden verborgen; es wird nicht neu gesucht.</translation>
  </message>
  <message>
   <source>The doubtful ones first: Enter accepts, R rejects, F fixes.</source>
   <translation>Die zweifelhaften zuerst: Enter nimmt an, R lehnt ab, F bessert nach.</translation>
  </message>
  <message>
   <source>Least score</source>
   <translation>Mindestbewertung</translation>
  </message>
  <message>
   <source>{} shown, about {} expected right</source>
   <translation>{} gezeigt, davon wohl etwa {} richtig</translation>
  </message>
  <message>
   <source>Review {} of them</source>
   <translation>{} davon durchsehen</translation>
  </message>
  <message>
   <source>Add the {} shown to “{}”</source>
   <translation>Die {} gezeigten zu „{}“ hinzufügen</translation>
  </message>
  <message>
   <source>{} polygons were added to “{}”.</source>
   <translation>{} Polygone wurden zu „{}“ hinzugefügt.</translation>
  </message>
  <message>
   <source>Shows where it looks like the objects of the chosen class; without one, of all</source>
   <translation>Zeigt, wo es wie bei den Objekten der gewählten Klasse aussieht; ohne Klasse: aller</translation>
  </message>
  <message>
   <source>Colour what looks like these</source>
   <translation>Ähnliches einfärben</translation>
  </message>
  <message>
   <source>Set up…</source>
   <translation>Einrichten …</translation>
  </message>
  <message>
   <source>The layer “{}” has no column “status”: only layers that ReSAM wrote can be reviewed.</source>
   <translation>Der Layer „{}“ hat keine Spalte „status“: nur von ReSAM geschriebene Layer können durchgesehen werden.</translation>
  </message>
  <message>
   <source>{place} of {count}, score {score:.2f}</source>
   <translation>{place} von {count}, Bewertung {score:.2f}</translation>
  </message>
  <message>
   <source>The column “status” of the layer “{}” does not take “{}”: it must hold text.</source>
   <translation>Die Spalte „status“ des Layers „{}“ nimmt „{}“ nicht an: Sie muss Text enthalten.</translation>
  </message>
  <message>
   <source>rejected in review</source>
   <translation>bei der Durchsicht verworfen</translation>
  </message>
  <message>
   <source>Nothing left to look at.</source>
   <translation>Nichts mehr durchzusehen.</translation>
  </message>
  <message>
   <source>Nothing to look at.</source>
   <translation>Nichts durchzusehen.</translation>
  </message>
  <message>
   <source>Polygons</source>
   <translation>Polygone</translation>
  </message>
  <message>
   <source>Also those that are accepted</source>
   <translation>Auch die angenommenen</translation>
  </message>
  <message>
   <source>Outlines alone, coloured by score</source>
   <translation>Nur Umrisse, nach Wert gefärbt</translation>
  </message>
  <message>
   <source>Begin with the least certain</source>
   <translation>Mit dem Unsichersten beginnen</translation>
  </message>
  <message>
   <source>Accept (Enter or A)</source>
   <translation>Annehmen (Enter oder A)</translation>
  </message>
  <message>
   <source>Fix with more clicks (F)</source>
   <translation>Mit weiteren Klicks richten (F)</translation>
  </message>
  <message>
   <source>Reject (R)</source>
   <translation>Verwerfen (R)</translation>
  </message>
  <message>
   <source>Next (N)</source>
   <translation>Weiter (N)</translation>
  </message>
  <message>
   <source>Back (B)</source>
   <translation>Zurück (B)</translation>
  </message>
  <message>
   <source>Environment…</source>
   <translation>Umgebung…</translation>
  </message>
  <message>
   <source>all</source>
   <translation>alle</translation>
  </message>
  <message>
   <source>Processor threads</source>
   <translation>Prozessor-Threads</translation>
  </message>
  <message>
   <source>Memory for raster blocks</source>
   <translation>Speicher für Rasterblöcke</translation>
  </message>
  <message>
   <source>What was looked at once is kept on disk, up to this size</source>
   <translation>Was einmal angesehen wurde, bleibt bis zu dieser Größe auf der Platte</translation>
  </message>
  <message>
   <source>Disk for embeddings</source>
   <translation>Platte für Einbettungen</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <translation>Ordner der Einbettungen</translation>
  </message>
  <message>
   <source>Folder of models</source>
   <translation>Ordner der Modelle</translation>
  </message>
  <message>
   <source>the publisher's server</source>
   <translation>der Server des Herausgebers</translation>
  </message>
  <message>
   <source>Models come from</source>
   <translation>Modelle kommen von</translation>
  </message>
  <message>
   <source>Environment, adapters and clicks; administrators set it by RESAM_HOME</source>
   <translation>Umgebung, Adapter und Klicks; Verwalter setzen ihn mit RESAM_HOME</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>Daten</translation>
  </message>
  <message>
   <source>in the user's cache</source>
   <translation>im Cache des Benutzers</translation>
  </message>
  <message>
   <source>Download</source>
   <translation>Herunterladen</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Umriss</translation>
  </message>
  <message>
   <source>Largest part of the outline</source>
   <translation>Größter Teil des Umrisses</translation>
  </message>
  <message>
   <source>Right angles (buildings)</source>
   <translation>Rechte Winkel (Gebäude)</translation>
  </message>
  <message>
   <source>Rotated box (ships, vehicles)</source>
   <translation>Gedrehtes Rechteck (Schiffe, Fahrzeuge)</translation>
  </message>
  <message>
   <source>Open a raster, or the sample scene.</source>
   <translation>Öffnen Sie ein Raster oder die Beispielszene.</translation>
  </message>
  <message>
   <source>Press “Click objects”, then click a roof. Right click what is not part of it; Enter accepts.</source>
   <translation>Drücken Sie „Objekte anklicken“ und klicken Sie auf ein Dach. Rechtsklick auf das, was nicht dazugehört; Enter nimmt an.</translation>
  </message>
  <message>
   <source>Accept two dozen objects. The polygons are in the layer that you chose, as ordinary edits.</source>
   <translation>Nehmen Sie zwei Dutzend Objekte an. Die Polygone sind im gewählten Layer, als gewöhnliche Bearbeitungen.</translation>
  </message>
  <message>
   <source>On the page “Adapt”, let the model learn from your clicks, and read its verdict.</source>
   <translation>Lassen Sie das Modell auf der Seite „Anpassen“ von Ihren Klicks lernen und lesen Sie sein Urteil.</translation>
  </message>
  <message>
   <source>On the page “Review”, go through the least certain polygons. Whole point layers are for the Processing toolbox.</source>
   <translation>Gehen Sie auf der Seite „Durchsicht“ die unsichersten Polygone durch. Ganze Punktlayer gehören in die Verarbeitungswerkzeuge.</translation>
  </message>
  <message>
   <source>Manual</source>
   <translation>Handbuch</translation>
  </message>
  <message>
   <source>Where to click next</source>
   <translation>Wo als Nächstes klicken</translation>
  </message>
  <message>
   <source>ReSAM: where to click next</source>
   <translation>ReSAM: wo als Nächstes klicken</translation>
  </message>
  <message>
   <source>{} places, best first.</source>
   <translation>{} Stellen, die besten zuerst.</translation>
  </message>
  <message>
   <source>Column</source>
   <translation>Spalte</translation>
  </message>
  <message>
   <source>Value</source>
   <translation>Wert</translation>
  </message>
  <message>
   <source>Every new polygon of this class gets these values.</source>
   <translation>Jedes neue Polygon dieser Klasse bekommt diese Werte.</translation>
  </message>
  <message>
   <source>Values of “{}”</source>
   <translation>Werte von „{}“</translation>
  </message>
  <message>
   <source>This is an estimate: only reference polygons measure accuracy.</source>
   <translation>Das ist eine Schätzung: nur Referenzpolygone messen die Genauigkeit.</translation>
  </message>
  <message>
   <source>Better: the adapter is used from now on.</source>
   <translation>Besser: der Adapter wird ab jetzt benutzt.</translation>
  </message>
  <message>
   <source>No evidence that it is better or worse: look at the pictures, then choose it or not.</source>
   <translation>Kein Nachweis, dass er besser oder schlechter ist: sehen Sie sich die Bilder an und wählen Sie ihn dann oder nicht.</translation>
  </message>
  <message>
   <source>Worse: the adapter is kept in the list, but not used.</source>
   <translation>Schlechter: der Adapter bleibt in der Liste, wird aber nicht benutzt.</translation>
  </message>
  <message>
   <source>no class</source>
   <translation>ohne Klasse</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>Hilfe</translation>
  </message>
  <message>
   <source>The layer “{}” would need {} × {} pixels and {} tiles here; the limits are {} pixels and {} tiles: zoom out, or click within one view.</source>
   <translation>Der Layer „{}“ bräuchte hier {} × {} Pixel und {} Kacheln; die Grenzen sind {} Pixel und {} Kacheln: zoomen Sie heraus, oder klicken Sie innerhalb einer Ansicht.</translation>
  </message>
  <message>
   <source>The layer “{}” gave no picture of this view: is the service there?</source>
   <translation>Der Layer „{}“ lieferte kein Bild dieser Ansicht: ist der Dienst erreichbar?</translation>
  </message>
  <message>
   <source>the disk is full, or the folder cannot be written</source>
   <translation>die Platte ist voll, oder der Ordner kann nicht beschrieben werden</translation>
  </message>
  <message>
   <source>ReSAM: picture of {}</source>
   <translation>ReSAM: Bild von {}</translation>
  </message>
  <message>
   <source>Cancelled; nothing was changed.</source>
   <translation>Abgebrochen; nichts wurde geändert.</translation>
  </message>
  <message>
   <source>The layer “{}” cannot show so much of the world: zoom in.</source>
   <translation>Der Layer „{}“ kann nicht so viel von der Welt zeigen: zoomen Sie hinein.</translation>
  </message>
  <message>
   <source>The view does not touch the layer “{}”.</source>
   <translation>Die Ansicht berührt den Layer „{}“ nicht.</translation>
  </message>
  <message>
   <source>Open in the browser</source>
   <translation>Im Browser öffnen</translation>
  </message>
  <message>
   <source>Report of “{}”</source>
   <translation>Bericht über „{}“</translation>
  </message>
  <message>
   <source>Plugin and environment do not fit each other: update the environment.</source>
   <translation>Plugin und Umgebung passen nicht zusammen: aktualisieren Sie die Umgebung.</translation>
  </message>
  <message>
   <source>The environment is from another version of the plugin: update it.</source>
   <translation>Die Umgebung stammt von einer anderen Version des Plugins: aktualisieren Sie sie.</translation>
  </message>
  <message>
   <source>The environment does not run any more: repair it.</source>
   <translation>Die Umgebung läuft nicht mehr: reparieren Sie sie.</translation>
  </message>
  <message>
   <source>it said nothing</source>
   <translation>sie sagte nichts</translation>
  </message>
  <message>
   <source>The environment is not set up yet: open ReSAM ▸ Environment.</source>
   <translation>Die Umgebung ist noch nicht eingerichtet: öffnen Sie ReSAM ▸ Umgebung.</translation>
  </message>
  <message>
   <source>The engine ended unexpectedly: {}</source>
   <translation>Die Berechnung endete unerwartet: {}</translation>
  </message>
  <message>
   <source>The engine cannot be started: {}</source>
   <translation>Die Berechnung kann nicht gestartet werden: {}</translation>
  </message>
  <message>
   <source>The chosen Python does not exist any more: {}</source>
   <translation>Das gewählte Python gibt es nicht mehr: {}</translation>
  </message>
  <message>
   <source>Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.</source>
   <translation>Das Lernen dauert etwa {}: {} Schritte auf {} Kacheln. Davor und danach werden Objekte gemessen.</translation>
  </message>
  <message>
   <source>{} objects to learn from, {} held out to measure with.</source>
   <translation>{} Objekte zum Lernen, {} zum Messen zurückgehalten.</translation>
  </message>
  <message>
   <source>Stopped at step {}: the targets drifted away from the clicks.</source>
   <translation>Bei Schritt {} angehalten: Die Ziele haben sich von den Klicks entfernt.</translation>
  </message>
  <message>
   <source>{} of {}, about {} left</source>
   <translation>{} von {}, noch etwa {}</translation>
  </message>
  <message>
   <source>creating the environment</source>
   <translation>die Umgebung wird angelegt</translation>
  </message>
  <message>
   <source>installing the installer</source>
   <translation>das Installationsprogramm wird installiert</translation>
  </message>
  <message>
   <source>reading the index</source>
   <translation>der Index wird gelesen</translation>
  </message>
  <message>
   <source>installing PyTorch</source>
   <translation>PyTorch wird installiert</translation>
  </message>
  <message>
   <source>installing the other packages</source>
   <translation>die übrigen Pakete werden installiert</translation>
  </message>
  <message>
   <source>testing it</source>
   <translation>sie wird geprüft</translation>
  </message>
  <message>
   <source>ready</source>
   <translation>fertig</translation>
  </message>
  <message>
   <source>outside the raster</source>
   <translation>außerhalb des Rasters</translation>
  </message>
  <message>
   <source>on nodata</source>
   <translation>auf Stellen ohne Daten</translation>
  </message>
  <message>
   <source>smaller than the minimum area</source>
   <translation>kleiner als die Mindestfläche</translation>
  </message>
  <message>
   <source>next to nothing changed</source>
   <translation>fast nichts hat sich geändert</translation>
  </message>
  <message>
   <source>the interval of the difference holds zero</source>
   <translation>das Intervall des Unterschieds enthält null</translation>
  </message>
  <message>
   <source>too few objects to tell: at least {} are needed</source>
   <translation>zu wenige Objekte für ein Urteil: mindestens {} sind nötig</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies below zero</source>
   <translation>das ganze Intervall des Unterschieds liegt unter null</translation>
  </message>
  <message>
   <source>the whole interval of the difference lies above zero</source>
   <translation>das ganze Intervall des Unterschieds liegt über null</translation>
  </message>
  <message>
   <source>no object was held out</source>
   <translation>kein Objekt wurde zurückgehalten</translation>
  </message>
  <message>
   <source>no mask broke, and scores without a calibration cannot tell better from worse</source>
   <translation>keine Maske ist zerfallen, und Werte ohne Kalibrierung können besser und schlechter nicht unterscheiden</translation>
  </message>
  <message>
   <source>the expected change is too small to tell its sign</source>
   <translation>die erwartete Änderung ist zu klein, um ihr Vorzeichen zu nennen</translation>
  </message>
  <message>
   <source>the clicks are answered with much higher scores</source>
   <translation>die Klicks werden mit viel höheren Werten beantwortet</translation>
  </message>
  <message>
   <source>the scores let expect a loss: look at what changed</source>
   <translation>die Werte lassen einen Verlust erwarten: sehen Sie nach, was sich geändert hat</translation>
  </message>
  <message>
   <source>There is nothing to learn from: accept some objects first.</source>
   <translation>Es gibt nichts, wovon gelernt werden kann: Nehmen Sie zuerst einige Objekte an.</translation>
  </message>
  <message>
   <source>The model found nothing at any example: click other objects.</source>
   <translation>Das Modell fand bei keinem Beispiel etwas: Klicken Sie andere Objekte an.</translation>
  </message>
  <message>
   <source>No example lies on the raster.</source>
   <translation>Kein Beispiel liegt auf dem Raster.</translation>
  </message>
  <message>
   <source>From {} examples the scores are rough; more examples make them better.</source>
   <translation>Mit {} Beispielen sind die Bewertungen grob; mit mehr Beispielen werden sie besser.</translation>
  </message>
  <message>
   <source>{} of {} examples look unlike the others: check them.</source>
   <translation>{} von {} Beispielen sehen anders aus als die übrigen: Prüfen Sie sie.</translation>
  </message>
  <message>
   <source>expected IoU (no reference polygons)</source>
   <translation>erwartete IoU (keine Referenzpolygone)</translation>
  </message>
  <message>
   <source>mean score (no reference polygons)</source>
   <translation>mittlerer Wert (keine Referenzpolygone)</translation>
  </message>
  <message>
   <source>Outlining {} objects…</source>
   <translation>{} Objekte werden umrissen…</translation>
  </message>
  <message>
   <source>The weights of {} are not on this machine: press ⬇ beside the model.</source>
   <translation>Die Gewichte von {} sind nicht auf diesem Rechner: Drücken Sie ⬇ neben dem Modell.</translation>
  </message>
  <message>
   <source>Continued at step {} of {}.</source>
   <translation>Fortgesetzt bei Schritt {} von {}.</translation>
  </message>
  <message>
   <source>Looking at {} tiles…</source>
   <translation>{} Kacheln werden betrachtet…</translation>
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
   <translation>Inzwischen wurde ein anderes Raster gewählt: Beginnen Sie erneut.</translation>
  </message>
  <message>
   <source>ReSAM class</source>
   <translation>ReSAM Klasse</translation>
  </message>
  <message>
   <source>Likely enough</source>
   <translation>Wahrscheinlich genug</translation>
  </message>
  <message>
   <source>ReSAM review</source>
   <translation>ReSAM-Durchsicht</translation>
  </message>
  <message>
   <source>ReSAM score</source>
   <translation>ReSAM Wert</translation>
  </message>
  <message>
   <source>other</source>
   <translation>andere</translation>
  </message>
  <message>
   <source>ReSAM sample scene</source>
   <translation>ReSAM-Beispielszene</translation>
  </message>
  <message>
   <source>Allow</source>
   <translation>Erlauben</translation>
  </message>
  <message>
   <source>Only if you trust whoever made this file. It holds until QGIS is closed.</source>
   <translation>Nur, wenn Sie dem Urheber dieser Datei vertrauen. Es gilt, bis QGIS geschlossen wird.</translation>
  </message>
  <message>
   <source>A click with “{}” takes about {:.0f} s here. MobileSAM is several times faster.</source>
   <translation>Ein Klick mit „{}“ dauert hier etwa {:.0f} s. MobileSAM ist mehrmals schneller.</translation>
  </message>
  <message>
   <source>Adapt</source>
   <translation>Anpassen</translation>
  </message>
  <message>
   <source>Find</source>
   <translation>Finden</translation>
  </message>
  <message>
   <source>Review</source>
   <translation>Durchsicht</translation>
  </message>
  <message>
   <source>Batch</source>
   <translation>Stapel</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>Einstellungen</translation>
  </message>
  <message>
   <source>This place lies beside the raster “{}”, on “{}”.</source>
   <translation>Diese Stelle liegt neben dem Raster „{}“, auf „{}“.</translation>
  </message>
  <message>
   <source>Use MobileSAM</source>
   <translation>MobileSAM verwenden</translation>
  </message>
  <message>
   <source>{} runs of the queue are unfinished.</source>
   <translation>{} Läufe der Warteschlange sind unvollendet.</translation>
  </message>
  <message>
   <source>Click on “{}”</source>
   <translation>Auf „{}“ klicken</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly; your clicks are kept.</source>
   <translation>Die Berechnung endete unerwartet; Ihre Klicks bleiben.</translation>
  </message>
  <message>
   <source>The worker was stopped.</source>
   <translation>Der Prozess wurde beendet.</translation>
  </message>
  <message>
   <source>Starting the engine…</source>
   <translation>Die Berechnung wird gestartet…</translation>
  </message>
  <message>
   <source>{path}: does not exist: check the path of the raster</source>
   <translation>{path}: gibt es nicht; prüfen Sie den Pfad des Rasters</translation>
  </message>
  <message>
   <source>{path}: is a folder: give the raster file in it</source>
   <translation>{path}: ist ein Ordner; geben Sie die Rasterdatei darin an</translation>
  </message>
  <message>
   <source>{path}: is a vector layer, not a raster: give an image such as a GeoTIFF</source>
   <translation>{path}: ist ein Vektorlayer, kein Raster; geben Sie ein Bild wie ein GeoTIFF an</translation>
  </message>
  <message>
   <source>{path}: not a raster that GDAL can read, or damaged ({cause})</source>
   <translation>{path}: kein Raster, das GDAL lesen kann, oder beschädigt ({cause})</translation>
  </message>
  <message>
   <source>{path}: cannot be read, the file may be damaged ({cause})</source>
   <translation>{path}: kann nicht gelesen werden, die Datei ist vielleicht beschädigt ({cause})</translation>
  </message>
  <message>
   <source>{path}: holds no bands of its own: name one of its subdatasets ({names})</source>
   <translation>{path}: hat keine eigenen Bänder; nennen Sie einen seiner Unterdatensätze ({names})</translation>
  </message>
  <message>
   <source>{path}: has no valid pixel in the chosen bands: all is nodata or transparent</source>
   <translation>{path}: hat in den gewählten Bändern kein gültiges Pixel; alles ist nodata oder durchsichtig</translation>
  </message>
  <message>
   <source>{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs EPSG:xxxx</source>
   <translation>{path}: ist nur durch Passpunkte (GCPs oder RPCs) verortet; entzerren Sie es zuerst, mit gdalwarp -t_srs EPSG:xxxx</translation>
  </message>
  <message>
   <source>{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: nennt kein KBS; geben Sie es mit --assume-crs EPSG:xxxx an, oder behalten Sie seine Koordinaten mit --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or keep its coordinates as they are by --assume-crs pixel</source>
   <translation>{path}: hat ein KBS, aber keinen Ort darin; geben Sie ihm einen (gdal_edit.py -a_ullr, oder seine World-Datei), oder behalten Sie seine Koordinaten mit --assume-crs pixel</translation>
  </message>
  <message>
   <source>{path}: has a CRS of its own, {crs}: leave --assume-crs out</source>
   <translation>{path}: hat ein eigenes KBS, {crs}; lassen Sie --assume-crs weg</translation>
  </message>
  <message>
   <source>{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}</source>
   <translation>{path}: {count} Bänder wurden verlangt; nennen Sie eines (grau) oder drei (rot, grün, blau) von {bands}</translation>
  </message>
  <message>
   <source>{path}: there is no band {band}: choose from {bands}</source>
   <translation>{path}: es gibt kein Band {band}; wählen Sie aus {bands}</translation>
  </message>
  <message>
   <source>nothing to segment: give --points, --boxes or both</source>
   <translation>nichts zu segmentieren; geben Sie --points, --boxes oder beides an</translation>
  </message>
  <message>
   <source>nothing to learn from: give --points, --polygons or both</source>
   <translation>keine Beispiele; geben Sie --points, --polygons oder beides an</translation>
  </message>
  <message>
   <source>{path}: cannot be read as a vector layer ({cause})</source>
   <translation>{path}: kann nicht als Vektorlayer gelesen werden ({cause})</translation>
  </message>
  <message>
   <source>{path}: has no layer '{layer}'; it has: {names}</source>
   <translation>{path}: hat keinen Layer „{layer}“; vorhanden: {names}</translation>
  </message>
  <message>
   <source>{layer}: the layer has no features; add at least one {kind} and save the edits</source>
   <translation>{layer}: der Layer hat keine Objekte; fügen Sie mindestens eines hinzu (Typ: {kind}) und speichern Sie die Änderungen</translation>
  </message>
  <message>
   <source>{layer}: is a table without geometry; give a layer of {kind}s</source>
   <translation>{layer}: ist eine Tabelle ohne Geometrie; geben Sie einen Layer an (Typ: {kind})</translation>
  </message>
  <message>
   <source>{layer}: holds {found}, not {kind}s; give a layer of {kind}s</source>
   <translation>{layer}: enthält {found}, nicht {kind}; geben Sie einen Layer vom Typ {kind} an</translation>
  </message>
  <message>
   <source>{layer}: has no field '{field}' to group by; its fields are: {names}</source>
   <translation>{layer}: hat kein Feld „{field}“ zum Gruppieren; seine Felder: {names}</translation>
  </message>
  <message>
   <source>{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}</source>
   <translation>{layer}: hat keine Geometrie und keine Spalten x/y oder lon/lat; seine Felder: {names}</translation>
  </message>
  <message>
   <source>{layer}: does not touch the raster; check its CRS and extent</source>
   <translation>{layer}: berührt das Raster nicht; prüfen Sie KBS und Ausdehnung</translation>
  </message>
  <message>
   <source>{path}: no click lies on the raster; check extent and CRS</source>
   <translation>{path}: kein Klick liegt auf dem Raster; prüfen Sie Ausdehnung und KBS</translation>
  </message>
  <message>
   <source>{path}: no object to learn from lies on the raster; check extent and CRS</source>
   <translation>{path}: kein Objekt zum Lernen liegt auf dem Raster; prüfen Sie Ausdehnung und KBS</translation>
  </message>
  <message>
   <source>{path}: none of its polygons holds a click; check its extent and CRS</source>
   <translation>{path}: keines seiner Polygone enthält einen Klick; prüfen Sie Ausdehnung und KBS</translation>
  </message>
  <message>
   <source>{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: if they are clicks of fewer objects, give them object_id</source>
   <translation>{count} Objekte liegen innerhalb von {span} Pixeln um ({x}, {y}), ein Fenster hat Platz für {most}; sind es Klicks auf weniger Objekte, geben Sie ihnen object_id</translation>
  </message>
  <message>
   <source>no model or file is called '{name}': {hint}</source>
   <translation>kein Modell und keine Datei heißt „{name}“: {hint}</translation>
  </message>
  <message>
   <source>{path} is a folder; give a weights file, or an adapter folder as --adapter</source>
   <translation>{path} ist ein Ordner; geben Sie eine Gewichtsdatei an, oder einen Adapterordner als --adapter</translation>
  </message>
  <message>
   <source>there is too little memory; use a smaller model or --device cpu</source>
   <translation>der Speicher reicht nicht; nehmen Sie ein kleineres Modell oder --device cpu</translation>
  </message>
  <message>
   <source>the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models fetch {model}</source>
   <translation>die Gewichte von {model} ({file}) sind nicht in {folder}; holen Sie sie mit: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m engine.models fetch {model}</source>
   <translation>{path} hat SHA-256 {found}…, nicht das veröffentlichte {published}…; ersetzen Sie es mit: python -m engine.models fetch {model}</translation>
  </message>
  <message>
   <source>{folder} holds no {file} ({cause}): not an adapter?</source>
   <translation>{folder} enthält kein {file} ({cause}); ist das ein Adapter?</translation>
  </message>
  <message>
   <source>adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was trained on, or train it again on this one</source>
   <translation>Adapter {folder} wurde auf den Gewichten {base}… trainiert, {model} hat aber {found}…; laden Sie das Modell, auf dem er trainiert wurde, oder trainieren Sie ihn auf diesem neu</translation>
  </message>
  <message>
   <source>device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu</source>
   <translation>Gerät „cuda“ findet keine brauchbare GPU oder keinen Treiber; prüfen Sie nvidia-smi, oder nehmen Sie --device cpu</translation>
  </message>
  <message>
   <source>device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use --device auto or cpu</source>
   <translation>Gerät „cuda“ braucht ein torch mit CUDA, {version} ist keines; installieren Sie eines, oder nehmen Sie --device auto oder cpu</translation>
  </message>
  <message>
   <source>{path}: exists already; choose another name or overwrite</source>
   <translation>{path}: gibt es schon; wählen Sie einen anderen Namen oder überschreiben Sie</translation>
  </message>
  <message>
   <source>{path}: {names} exists already; choose another name or overwrite</source>
   <translation>{path}: {names} gibt es schon; wählen Sie einen anderen Namen oder überschreiben Sie</translation>
  </message>
  <message>
   <source>{path}: has a layer '{layer}', which exists already; choose another name or overwrite</source>
   <translation>{path}: hat schon einen Layer „{layer}“; wählen Sie einen anderen Namen oder überschreiben Sie</translation>
  </message>
  <message>
   <source>{path}: is read by this run ({option}); it would be lost: choose another {instead}</source>
   <translation>{path}: wird von diesem Lauf gelesen ({option}) und ginge verloren; wählen Sie ein anderes {instead}</translation>
  </message>
  <message>
   <source>{path}: the folder {folder} does not exist; create it first</source>
   <translation>{path}: den Ordner {folder} gibt es nicht; legen Sie ihn zuerst an</translation>
  </message>
  <message>
   <source>{path}: is a folder; give another file name</source>
   <translation>{path}: ist ein Ordner; geben Sie einen anderen Dateinamen an</translation>
  </message>
  <message>
   <source>{path}: cannot write to the folder {folder} ({cause})</source>
   <translation>{path}: in den Ordner {folder} kann nicht geschrieben werden ({cause})</translation>
  </message>
  <message>
   <source>{path}: could not be written ({cause})</source>
   <translation>{path}: konnte nicht geschrieben werden ({cause})</translation>
  </message>
  <message>
   <source>{folder}: another run is writing this output; wait for it</source>
   <translation>{folder}: ein anderer Lauf schreibt diese Ausgabe; warten Sie auf ihn</translation>
  </message>
  <message>
   <source>{folder}: holds an unfinished run; continue it with --resume, or use --overwrite</source>
   <translation>{folder}: enthält einen unfertigen Lauf; setzen Sie ihn mit --resume fort, oder nehmen Sie --overwrite</translation>
  </message>
  <message>
   <source>{folder}: holds an adapter already; choose another --out, or --overwrite</source>
   <translation>{folder}: enthält schon einen Adapter; wählen Sie ein anderes --out, oder --overwrite</translation>
  </message>
 </context>
</TS>
