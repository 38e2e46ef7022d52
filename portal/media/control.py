"""The RTCP that one client sends: reports, lost packets, wishes for keyframes, estimates.

It is read here and handed to the sources and slots that it is about; what we send ourselves is
written in `feedback`.
"""

import struct
from collections.abc import Mapping

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)

from portal.media.downlink import Downlink
from portal.media.forwarding import Slot
from portal.media.sources import Source


class Control:
    """Hand one client's RTCP to its sources and slots, both known by SSRC."""

    def __init__(self, sources: Mapping[int, Source], slots: Mapping[int, Slot]) -> None:
        self._sources = sources
        self._slots = slots
        self.downlink = Downlink(slots)

    def on_compound(self, compound: bytes, *, now: float) -> None:
        """Take a compound packet apart (RFC 3550 section 6.1); ignore what cannot be read."""
        try:
            packets = RtcpPacket.parse(compound)
        except (ValueError, struct.error, IndexError):
            return
        for packet in packets:
            self._on_packet(packet, now)

    def _on_packet(self, packet: AnyRtcpPacket, now: float) -> None:
        match packet:
            case RtcpSrPacket():
                source = self._sources.get(packet.ssrc)
                if source is not None:
                    source.on_sender_report(packet.sender_info, now=now)
                self._on_reports(packet.reports, now)
            case RtcpRrPacket():
                self._on_reports(packet.reports, now)
            case RtcpRtpfbPacket(fmt=fmt) if fmt == RTCP_RTPFB_NACK:
                slot = self._slots.get(packet.media_ssrc)
                if slot is not None:
                    slot.repair(packet.lost)
            case RtcpPsfbPacket():
                self._on_payload_feedback(packet, now)
            case _:
                pass

    def _on_reports(self, reports: list[RtcpReceiverInfo], now: float) -> None:
        for report in reports:
            slot = self._slots.get(report.ssrc)
            if slot is not None:
                lost, expected = slot.on_report(report, now=now)
                self.downlink.on_loss(lost, expected, now=now)

    def _on_payload_feedback(self, packet: RtcpPsfbPacket, now: float) -> None:
        if packet.fmt == RTCP_PSFB_APP:
            try:
                bitrate, _ = unpack_remb_fci(packet.fci)
            except (ValueError, struct.error, IndexError):
                return
            self.downlink.on_estimate(bitrate, now=now)
            return
        ssrc = packet.media_ssrc
        if packet.fmt == RTCP_PSFB_FIR and len(packet.fci) >= 4:
            # RFC 5104 section 4.3.1: FIR names its sender in the entries.
            ssrc = int.from_bytes(packet.fci[:4], "big")
        elif packet.fmt != RTCP_PSFB_PLI:
            return
        slot = self._slots.get(ssrc)
        if slot is not None and slot.source is not None:
            slot.source.request_keyframe()
