"""What a family of sizes does: scaling, which errors and classes change, calibration, and the size to ship."""
