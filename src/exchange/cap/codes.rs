//! The enumerations of CAP 1.2, as its schema has them.

macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$what])* $variant,)+
        }

        impl $name {
            /// All of them, in the schema's order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it stands in a message.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// The one that a message says: exactly, case included.
            #[must_use]
            pub fn read(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == text)
            }
        }
    };
}

codes! {
    /// How a message is to be handled.
    Status {
        /// For all whom it is addressed to.
        Actual = "Actual",
        /// Those who take part in the exercise.
        Exercise = "Exercise",
        /// Between systems.
        System = "System",
        /// A technical test.
        Test = "Test",
        /// Not for use yet.
        Draft = "Draft",
    }
}

codes! {
    /// What a message is.
    MessageType {
        /// Something new.
        Alert = "Alert",
        /// Replaces what it refers to.
        Update = "Update",
        /// Ends what it refers to.
        Cancel = "Cancel",
        /// Says that what it refers to came.
        Ack = "Ack",
        /// Says that what it refers to was refused.
        Error = "Error",
    }
}

codes! {
    /// Who may have a message.
    Scope {
        /// Everybody.
        Public = "Public",
        /// Those of whom its restriction speaks.
        Restricted = "Restricted",
        /// Those whom it is addressed to.
        Private = "Private",
    }
}

codes! {
    /// What an event is about.
    Category {
        /// The ground.
        Geo = "Geo",
        /// The weather.
        Met = "Met",
        /// General emergency.
        Safety = "Safety",
        /// Law, military, security.
        Security = "Security",
        /// Rescue.
        Rescue = "Rescue",
        /// Fire.
        Fire = "Fire",
        /// Health.
        Health = "Health",
        /// The environment.
        Env = "Env",
        /// Transport.
        Transport = "Transport",
        /// Utilities.
        Infra = "Infra",
        /// Weapons and dangerous substances.
        Cbrne = "CBRNE",
        /// Anything else.
        Other = "Other",
    }
}

codes! {
    /// What is to be done.
    ResponseType {
        /// Take shelter.
        Shelter = "Shelter",
        /// Leave.
        Evacuate = "Evacuate",
        /// Get ready.
        Prepare = "Prepare",
        /// Do what was planned.
        Execute = "Execute",
        /// Stay away.
        Avoid = "Avoid",
        /// Watch.
        Monitor = "Monitor",
        /// Judge what is said.
        Assess = "Assess",
        /// It is over.
        AllClear = "AllClear",
        /// Nothing.
        None = "None",
    }
}

codes! {
    /// When something must be done.
    Urgency {
        /// Now.
        Immediate = "Immediate",
        /// Within the hour.
        Expected = "Expected",
        /// Soon.
        Future = "Future",
        /// No more.
        Past = "Past",
        /// Nobody knows.
        Unknown = "Unknown",
    }
}

codes! {
    /// How bad it is.
    Severity {
        /// Extraordinary.
        Extreme = "Extreme",
        /// Significant.
        Severe = "Severe",
        /// Possible.
        Moderate = "Moderate",
        /// Little.
        Minor = "Minor",
        /// Nobody knows.
        Unknown = "Unknown",
    }
}

codes! {
    /// How sure it is.
    Certainty {
        /// It happened, or goes on.
        Observed = "Observed",
        /// More likely than not.
        Likely = "Likely",
        /// Possible.
        Possible = "Possible",
        /// Not likely.
        Unlikely = "Unlikely",
        /// Nobody knows.
        Unknown = "Unknown",
    }
}
