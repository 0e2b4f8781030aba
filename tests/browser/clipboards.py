"""What word processors put on the clipboard as HTML, cut to what matters, and its Markdown."""

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv=Content-Type content="text/html; charset=utf-8">
<meta name=Generator content="Microsoft Word 15">
<style><!-- /* Style Definitions */ p.MsoNormal {margin:0cm; font-size:11.0pt;} --></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
</head>
<body lang=FR style='tab-interval:35.4pt'>
<!--StartFragment-->
<h2>Avant de commencer<o:p></o:p></h2>
<p class=MsoNormal>Demandez à votre <b style='mso-bidi-font-weight:normal'>caisse </b><i
style='mso-bidi-font-style:normal'>ou</i> lisez <a
href="https://www.ameli.fr/assure/carte_(vitale)"><span style='color:blue'>la page
d’ameli</span></a>&nbsp;: prix 5*3, [sic].<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if
!supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>un
<b>télé</b><b>phone</b><o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='text-indent:-18.0pt;mso-list:l0 level2 lfo1'><![if
!supportLists]><span style='font-family:"Courier New"'><span style='mso-list:Ignore'>o<span
style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span><![endif]>récent<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if
!supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>un
numéro<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span
style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span><![endif]>ouvrez<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span
style='mso-list:Ignore'>2.<span>&nbsp;&nbsp; </span></span><![endif]>signez<o:p></o:p></p>
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal>Ain</p></td>
<td><p class=MsoNormal>ouvert</p></td></tr></table>
<p class=MsoNormal><img width=64 height=64 src="file:///C:/Users/x/clip_image001.png"></p>
<!--EndFragment--></body></html>"""

WORD_MARKDOWN = """**Avant de commencer**

Demandez à votre **caisse** *ou* lisez [la page d’ameli](https://www.ameli.fr/assure/carte_%28vitale%29)\N{NO-BREAK SPACE}: prix 5\\*3, \\[sic\\].

- un **téléphone**
  - récent
- un numéro

1. ouvrez
2. signez

- Ain – ouvert"""

LIBREOFFICE = """<!DOCTYPE html><html><head>
<meta name="generator" content="LibreOffice 7.4 (Linux)"/>
<style type="text/css">p { line-height: 115%; background: transparent }</style></head>
<body lang="fr-FR" dir="ltr"><p style="line-height: 100%">Une <b>phrase</b>, <i>puis</i>
<a href="mailto:aide@ameli.example">une adresse</a>.</p>
<ul><li><p style="line-height: 100%">un</p></li>
<li><p style="line-height: 100%">deux</p><ul><li><p>deux et demi</p></li></ul></li></ul>
</body></html>"""

LIBREOFFICE_MARKDOWN = """Une **phrase**, *puis* [une adresse](mailto:aide@ameli.example).

- un
- deux
  - deux et demi"""

GOOGLE_DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1">
<p dir="ltr" style="line-height:1.38;"><span style="font-weight:400;">Not bold, </span><span
style="font-weight:700;">bold</span><span style="font-weight:400;font-style:italic;"> and italic
</span><a href="https://a.example/"><span style="font-weight:700;">a link</span></a></p>
<ol><li dir="ltr"><p dir="ltr"><span style="font-weight:400;">one</span></p></li>
<li dir="ltr"><p dir="ltr"><span style="font-weight:400;">two</span></p></li></ol></b>"""

GOOGLE_DOCS_MARKDOWN = """Not bold, **bold** *and italic* [**a link**](https://a.example/)

1. one
2. two"""

HOSTILE = """<p><b onclick="alert(1)">x</b><script>alert(1)</script>
<a href="javascript:alert(1)">y</a><img src="x" onerror="alert(1)"></p><p>&lt;b&gt;z</p>"""

HOSTILE_MARKDOWN = "**x** y\n\n\\<b>z"
