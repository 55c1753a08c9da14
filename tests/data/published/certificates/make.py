"""Makes the certificates of this folder anew: python tests/data/published/certificates/make.py, with cryptography.

They are for tests alone; their keys are no secret.  authority.pem signs the others: good.pem is for localhost,
expired.pem has been for it, and name.pem is for another.  Each of these three holds its key as well.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = Path(__file__).parent
FIRST, LAST = datetime.datetime(2020, 1, 1), datetime.datetime(2120, 1, 1)


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def begun(subject, issuer, key, last):
    made = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    return made.not_valid_before(FIRST).not_valid_after(last)


def main():
    authority = ec.generate_private_key(ec.SECP256R1())
    known_as = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    made = begun("numnist's tests", "numnist's tests", authority, LAST)
    made = made.add_extension(x509.BasicConstraints(True, None), critical=True).add_extension(usage, critical=True)
    made = made.add_extension(known_as, critical=False)
    text = made.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (HERE / "authority.pem").write_bytes(text)
    for file, host, address, last in (
        ("good", "localhost", "127.0.0.1", LAST),
        ("expired", "localhost", "127.0.0.1", FIRST + datetime.timedelta(days=365)),
        ("name", "elsewhere.invalid", "192.0.2.1", LAST),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address(address))])
        made = begun(host, "numnist's tests", key, last).add_extension(names, critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known_as), critical=False
        )
        made = made.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        text = made.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (HERE / f"{file}.pem").write_bytes(text + key.private_bytes(*form))


if __name__ == "__main__":
    main()
