"""The vocabulary of the demo: a made-up corner of pharma and digital health. No real persons."""

GIVEN_NAMES = (
    "Amara Anneke Aurelio Beatriz Björn Cédric Chiara Dagny Deepika Dmitri Eamon Eleni Emre Esra "
    "Fatou Femke Finn Freya Gabor Greta Hamid Hana Helena Hiro Ilse Imani Ingrid Ivo Jabari Jasper "
    "Jolana Kaito Katya Keira Kwame Lars Leilani Linnea Lucía Magnus Malik Marisol Mateus Mei Mina "
    "Nadia Naveen Niamh Nils Noor Oksana Olu Oriol Paloma Piotr Priya Quentin Rafael Ravi Renske Rosa "
    "Ruben Saanvi Salma Sanjay Selin Signe Sunita Søren Tamsin Tariq Tobias Tomás Ulrike Valeria "
    "Viggo Wanjiru Wiktor Xiomara Yara Yusuf Zanele Zeynep Zoltan"
).split()

FAMILY_NAMES = (
    "Abara Adeyemi Almeida Arslan Bakker Banerjee Barros Baumann Bergström Bianchi Boateng Brandt "
    "Callahan Castillo Cheng Cohen Conti Costa Dahl Delgado Demir Dimitrov Dubois Duarte Eide Eriksen "
    "Esposito Fagan Farouk Ferrari Fischer Fontaine Fujimoto Gallo García Grant Gruber Gupta Haddad "
    "Hansen Hayashi Herrera Hoang Horvat Hughes Ibrahim Iyer Jansen Jimenez Joshi Kariuki Kaur Keller "
    "Khan Kimura Kowalski Krause Kumar Lam Larsen Laurent Lindqvist Lopez Lund MacLeod Mäkinen "
    "Malhotra Marsh Mbeki Mendes Meyer Moreau Mori Müller Mwangi Nakamura Navarro Ndiaye Nguyen Novak "
    "Nowak O'Dowd O'Leary Okafor Olsen Ortega Osei Öztürk Pappas Patil Pavlova Pereira Petrov Pham "
    "Popescu Quinn Rahman Ramos Rao Reyes Richter Rossi Roux Ruiz Saito Santos Sato Schmidt Schröder "
    "Sharma Silva Singh Sokolov Sørensen Soto Strand Suzuki Svensson Tan Tanaka Teixeira Thapa Torres "
    "Tran Urquhart Valdez Varga Vasquez Verma Virtanen Vogel Wagner Walsh Weber Weiss Wójcik Wolff "
    "Yamada Yeo Yilmaz Zhao Zubiri"
).split()

HONORIFICS = ("Dr. ", "Dr.\u00a0", "Prof. ", "Prof. Dr. ", "Ms. ")
POST_NOMINALS = (", MD", ", PhD", ", PharmD", ", RN", " MPH")

# title, abbreviation, department, level of seniority
ROLES = (
    ("Chief Medical Officer", "CMO", "Medical Affairs", "C-Level"),
    ("VP Medical Affairs", "VPMA", "Medical Affairs", "Executive"),
    ("Medical Director", "MEDDIR", "Medical Affairs", "Executive"),
    ("Medical Science Liaison", "MSL", "Field Medical", "Mid"),
    ("MSL Manager", "MSLMGR", "Field Medical", "Senior"),
    ("Head of Field Medical", "HDFIELD", "Field Medical", "Executive"),
    ("Medical Writer", "MEDWRIT", "Medical Communications", "Mid"),
    ("Head of Medical Communications", "HDMEDCOM", "Medical Communications", "Executive"),
    ("Publication Manager", "PUBMGR", "Medical Communications", "Senior"),
    ("Medical Information Manager", "MEDINFO", "Medical Information", "Senior"),
    ("Medical Librarian", "MEDLIB", "Medical Information", "Mid"),
    ("HEOR Director", "HEOR", "Market Access", "Executive"),
    ("Health Economist", "HECON", "Market Access", "Mid"),
    ("Market Access Director", "MKTACC", "Market Access", "Executive"),
    ("Pricing Analyst", "PRICING", "Market Access", "Junior"),
    ("Clinical Trial Manager", "CLTM", "Clinical Operations", "Mid"),
    ("Clinical Operations Director", "CLOPS", "Clinical Operations", "Executive"),
    ("Clinical Research Associate", "CRA", "Clinical Operations", "Junior"),
    ("Clinical Project Manager", "PROJMGR", "Clinical Operations", "Senior"),
    ("Site Coordinator", "SITECO", "Clinical Operations", "Junior"),
    ("VP Clinical Development", "VPCLIN", "Clinical Development", "Executive"),
    ("Clinical Research Scientist", "CLINRES", "Clinical Development", "Senior"),
    ("Principal Investigator", "SITEPI", "Clinical Development", "Senior"),
    ("Clinical Data Manager", "DMGR", "Data Management", "Mid"),
    ("Data Management Director", "DATADIR", "Data Management", "Executive"),
    ("Principal Biostatistician", "BIOSTAT", "Biostatistics", "Senior"),
    ("Statistical Programmer", "STATPRG", "Biostatistics", "Mid"),
    ("Data Scientist", "DATASC", "Data Science", "Mid"),
    ("Real-World Evidence Lead", "RWE", "Data Science", "Senior"),
    ("Regulatory Affairs Director", "REGDIR", "Regulatory Affairs", "Executive"),
    ("Regulatory Affairs Manager", "REGMGR", "Regulatory Affairs", "Senior"),
    ("Labelling Specialist", "LABEL", "Regulatory Affairs", "Mid"),
    ("Pharmacovigilance Director", "PVDIR", "Drug Safety", "Executive"),
    ("Drug Safety Associate", "PVASSOC", "Drug Safety", "Junior"),
    ("Quality Assurance Director", "QADIR", "Quality", "Executive"),
    ("Validation Engineer", "VALENG", "Quality", "Mid"),
    ("Compliance Officer", "COMPL", "Legal & Compliance", "Senior"),
    ("General Counsel", "GC", "Legal & Compliance", "C-Level"),
    ("Privacy Officer", "DPO", "Legal & Compliance", "Senior"),
    ("Patient Advocate", "PATADV", "Patient Engagement", "Mid"),
    ("Patient Experience Lead", "PXLEAD", "Patient Engagement", "Senior"),
    ("Patient Support Program Manager", "PSPMGR", "Patient Engagement", "Mid"),
    ("Nurse Educator", "NURSED", "Patient Engagement", "Mid"),
    ("Product Manager (Digital Health)", "PMDIG", "Product", "Mid"),
    ("Chief Product Officer", "CPO", "Product", "C-Level"),
    ("UX Design Lead", "UXDESIGN", "Product", "Senior"),
    ("UX Researcher", "UXRES", "Product", "Mid"),
    ("Engineering Lead", "ENGLEAD", "Engineering", "Senior"),
    ("Mobile Developer", "MOBDEV", "Engineering", "Mid"),
    ("Integration Architect", "INTARCH", "Engineering", "Senior"),
    ("Information Security Officer", "INFOSEC", "Engineering", "Senior"),
    ("Chief Technology Officer", "CTO", "Engineering", "C-Level"),
    ("Chief Executive Officer", "CEO", "Executive", "C-Level"),
    ("Chief Financial Officer", "CFO", "Executive", "C-Level"),
    ("Chief Digital Officer", "CDO", "Executive", "C-Level"),
    ("Business Development Manager", "BDMGR", "Commercial", "Mid"),
    ("Brand Manager", "BRAND", "Commercial", "Mid"),
    ("Key Account Manager", "KAM", "Commercial", "Mid"),
    ("Omnichannel Lead", "OMNI", "Commercial", "Senior"),
    ("Customer Success Director", "CSDIR", "Commercial", "Executive"),
)

FUNCTIONS = {
    "Medical": ("Medical Affairs", "Field Medical", "Medical Communications", "Medical Information"),
    "Clinical": ("Clinical Operations", "Clinical Development", "Data Management", "Biostatistics"),
    "Data & Technology": ("Data Science", "Engineering"),
    "Regulatory, Safety & Quality": ("Regulatory Affairs", "Drug Safety", "Quality"),
    "Legal & Compliance": ("Legal & Compliance",),
    "Patient & Product": ("Patient Engagement", "Product"),
    "Commercial & Access": ("Commercial", "Market Access"),
    "General Management": ("Executive",),
}

RANKS = ("", "", "", "", "Senior ", "Associate ", "Principal ", "Deputy ", "Interim ", "Global ", "Regional ")
FIELDS = (
    "",
    "",
    "",
    *(
        f" - {area}"
        for area in (
            "Oncology Cardiology Neurology Immunology Dermatology Haematology Nephrology Ophthalmology "
            "Paediatrics Psychiatry Pulmonology Rheumatology Vaccines Virology Endocrinology Radiology "
            "Hepatology Geriatrics"
        ).split()
    ),
    *(f" ({region})" for region in ("DACH", "Nordics", "Iberia", "Benelux", "APAC", "LATAM", "MENA", "ANZ")),
)

COMPANY_FIRST = (
    "Alder Amber Arbor Argent Aster Aurora Basalt Beacon Birch Borealis Calla Cedar Celadon Cinder "
    "Cobalt Coral Delta Drift Ember Fathom Fern Fjord Flint Garnet Glacier Granite Harbor Heron "
    "Indigo Iris Ivory Jasper Juniper Kelp Kestrel Lantern Larch Linden Lumen Maple Meridian Mistral "
    "Moss Nimbus Northwind Oakline Onyx Opal Osprey Pebble Quartz Quill Reed Saffron Sable Slate "
    "Solstice Sorrel Tamarack Thistle Tidal Umber Vesper Willow Zephyr"
).split()
COMPANY_SECOND = (
    "",
    "bridge",
    "field",
    "ford",
    "gate",
    "haven",
    "mark",
    "point",
    "stone",
    "view",
    "well",
    "wood",
)
COMPANY_LAST = (
    "Biologics|Biosciences|Care|Clinics|Consulting|Devices|Diagnostics|Digital Health|Genomics|"
    "Health|Health Plan|Hospital Group|Imaging|Insights|Labs|Medical|Oncology|Pharma|Pharmaceuticals|"
    "Research|Therapeutics|Vaccines"
).split("|")
BOOK_ORGANIZATION = "Global Pharmaceutical / Biotech"

ACTIVITIES = tuple(
    f"{verb} {thing}"
    for verb in ("Plan", "Review", "Own", "Coordinate", "Report on", "Improve", "Approve", "Budget")
    for thing in (
        "evidence generation",
        "site feasibility",
        "label changes",
        "patient enrolment",
        "launch readiness",
        "advisory boards",
        "safety signals",
        "data quality",
        "vendor contracts",
        "the product roadmap",
        "training",
        "submissions & responses",
    )
)
TROUBLES = tuple(
    f"{what} {where}"
    for what in (
        "Slow approval",
        "Too many tools",
        "Missing data",
        "Unclear ownership",
        "Manual work",
        "Low uptake",
    )
    for where in (
        "across regions",
        "at study start",
        "between teams",
        "in the field",
        "of content",
        "for partners",
    )
)
CHANNELS = (
    "Email",
    "Webinar",
    "Congress",
    "Peer network",
    "Slack / Teams",
    "LinkedIn",
    "Face-to-face",
    "Podcast",
)
STAKEHOLDERS = (
    "CEO",
    "Board",
    "Payers",
    "KOLs",
    "Regulators",
    "R&D",
    "MSL teams",
    "Medical Directors",
    "IT",
    "HR",
)

# industry → id, unique_id, name, GICS sector: the same rows and keys as in the live database
INDUSTRIES = {
    "digital_health": ("589ec2ff-bdc8-4d2a-b4c3-9617c153d945", "ind_dh", "Digital Health", "45201020"),
    "pharmaceuticals": ("0571859c-25a1-47d6-aac6-8d945bfeed87", "ind_pharma", "Pharmaceuticals", "35201010"),
    "biotechnology": ("e975475c-adcf-4f0e-855a-b510c52fbd20", "ind_biotech", "Biotechnology", "35201020"),
    "medical_devices": ("640a3f63-9ad0-5f6d-8963-3ccafcb167bd", "ind_meddev", "Medical Devices", "35202010"),
    "diagnostics": ("f44199bf-9d6f-5c2e-bcca-94b792069200", "ind_dx", "Diagnostics", "35202020"),
    "healthcare_providers": (
        "545098d4-4aa8-5f4f-9cd4-66b5e8756bd1",
        "ind_provider",
        "Healthcare Providers",
        "35101010",
    ),
    "payers": ("210393ee-4fb4-5ba3-86a4-49fa23b1728f", "ind_payer", "Payers", "40301010"),
    "cro": ("cab7c7f9-db9b-527b-9ec4-6cfe447ec678", "ind_cro", "Contract Research Organizations", "35203010"),
    "cdmo": (
        "be3e517c-d7ca-5ac7-8fee-e0f3d320c64e",
        "ind_cdmo",
        "Contract Development & Manufacturing",
        "35201010",
    ),
    "health_it": (
        "e90909a9-2cd1-5fc4-b1e6-31190ff7cc9d",
        "ind_healthit",
        "Health Information Technology",
        "45201020",
    ),
    "research_institutions": (
        "0c33b5e6-b106-59ac-bc7e-379025839698",
        "ind_research",
        "Research Institutions",
        None,
    ),
    "regulatory_bodies": ("2fdb8530-a9bd-5b29-9298-3e92eef3f3bd", "ind_regbody", "Regulatory Bodies", None),
    "pharmacy_services": (
        "a6b6e9a2-dea6-5153-b292-7d25feea7d1e",
        "ind_pharmacy",
        "Pharmacy Services",
        "30101010",
    ),
    "medical_education": ("6acdc980-757d-5414-a02b-1ac1f730a818", "ind_meded", "Medical Education", None),
    "healthcare_consulting": (
        "901f7806-92ec-5849-8206-d2f4ef6257a3",
        "ind_consulting",
        "Healthcare Consulting",
        "20201060",
    ),
    "PHARMA": ("76b7f916-3fee-4b78-95a8-76814454f6a3", "ind_pharmaceutical_2", "Pharmaceutical", None),
}

# how often, which industry, and the column of that industry's own codes
INDUSTRY_MIX = (
    (38, "pharmaceuticals", "pharma_id"),
    (26, "digital_health", "digital_health_id"),
    (5, "PHARMA", "pharma_id"),
    (5, "biotechnology", "biotech_id"),
    (4, "medical_devices", "meddev_id"),
    (4, "diagnostics", "dx_id"),
    (2, "healthcare_providers", None),
    (2, "payers", None),
    (1, "cro", None),
    (1, "health_it", None),
    (12, None, None),
)
SPECIFIC_COLUMNS = ("digital_health_id", "pharma_id", "biotech_id", "meddev_id", "dx_id")
