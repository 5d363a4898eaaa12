namespace GpuPerceptron.Kernels;

/// <summary>A variant of the kernels that keep rows, weights and gradient in registers.</summary>
/// <param name="Format">What X is stored in.</param>
/// <param name="Lanes">Lanes that share a row; more than a warp's 32 for <see cref="BlockPass"/>.</param>
/// <param name="PacketsPerLane">Packets of a row that a lane holds.</param>
/// <param name="RowsPerTeam">Rows that the lanes load before they use any.</param>
/// <param name="WarpsPerMultiprocessor">
/// Warps that a multiprocessor is to hold: those that the kernel's registers, as the compiler gives them without spilling,
/// leave room for.
/// </param>
public readonly record struct RegisterVariant(
    PacketFormat Format, int Lanes, int PacketsPerLane, int RowsPerTeam, int WarpsPerMultiprocessor)
{
    // Several packets a lane share one loss, one set of shuffles and one loop, and are several loads in flight; so do
    // several rows a team. Two neighbouring lanes load a whole 32-byte sector, four load two. Past 1,024 features a row
    // takes several warps.
    private static readonly RegisterVariant[] Variants =
    [
        new(PacketFormat.Float32, 2, 1, 2, 40),
        new(PacketFormat.Float32, 2, 2, 2, 32),
        new(PacketFormat.Float32, 4, 2, 4, 24),
        new(PacketFormat.Float32, 4, 4, 2, 20),
        new(PacketFormat.Float32, 8, 4, 2, 20),
        new(PacketFormat.Float32, 16, 4, 2, 20),
        new(PacketFormat.Float32, 32, 4, 2, 20),
        new(PacketFormat.Float32, 32, 8, 1, 16),
        new(PacketFormat.Float32, 64, 8, 1, 16),
        new(PacketFormat.Float32, 128, 8, 1, 16),
        new(PacketFormat.Float32, 256, 8, 1, 16),
        new(PacketFormat.Float32, 512, 8, 1, 16),
        new(PacketFormat.Float16, 2, 1, 2, 32),
        new(PacketFormat.Float16, 4, 1, 4, 24),
        new(PacketFormat.Float16, 4, 2, 2, 20),
        new(PacketFormat.Float16, 8, 2, 2, 20),
        new(PacketFormat.Float16, 16, 2, 2, 20),
        new(PacketFormat.Float16, 32, 2, 2, 20),
        new(PacketFormat.Float16, 32, 4, 2, 12),
        new(PacketFormat.Float16, 64, 4, 1, 16),
        new(PacketFormat.Float16, 128, 4, 1, 16),
        new(PacketFormat.Float16, 256, 4, 1, 16),
        new(PacketFormat.Float16, 512, 4, 1, 16),
    ];

    /// <summary>All of them, float32 first, then by width.</summary>
    public static IReadOnlyList<RegisterVariant> All => Variants;

    /// <summary>The widest row that it takes.</summary>
    public RowShape Widest => new(Format, Lanes * PacketsPerLane);

    /// <summary>The narrowest variant that takes a row; null where it is too wide for any.</summary>
    /// <param name="shape">The row.</param>
    public static RegisterVariant? For(RowShape shape)
    {
        foreach (var variant in Variants)
        {
            if (variant.Format == shape.Format && variant.Widest.Packets >= shape.Packets)
                return variant;
        }

        return null;
    }
}
